/**
 * What every bundler's plugin does: keep `.ad.ts` files fresh. Knows files and
 * `compile`, no bundler.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { compile, Session } from '../compile.js';
import { renderAll } from '../diagnostics/render.js';
import type { Diagnostic } from '../diagnostics/report.js';
import { fileText, fileTextNow, writeAtomically } from '../files.js';
import type { CompileOptions } from '../options.js';
import { outputPath } from '../output-path.js';

/**
 * Options of the plugin: those of `compile`, and which files to generate before anything asks for them.
 *
 * ```ts
 * plugins: [adgen({ include: 'src/models/*.ts', modes: ['vjp'] })]
 * ```
 */
export interface PluginOptions extends Omit<CompileOptions, 'printIr'> {
  /**
   * Globs of inputs, relative to `root`; needed where nothing imports the output by its name beside the input, as
   * with `outDir`. An import of `X.ad.ts` beside an `X.ts` needs no configuration.
   */
  readonly include?: string | readonly string[];
  /** Default: the working directory. */
  readonly root?: string;
}

/** An input was refused: the build fails. `message` holds the rendered diagnostics. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly file: string,
    readonly diagnostics: readonly Diagnostic[],
    message: string,
  ) {
    super(message);
  }
}

export interface Generated {
  readonly output: string;
  /** The user's files it was made from; when one changes, the output is stale. */
  readonly dependencies: readonly string[];
}

/** `/a/model.ad.ts`, `/a/model.ad.js` or `/a/model.ad` → `/a/model.ts`. */
export function inputOf(output: string): string | undefined {
  const [, stem, ext = '.ts'] = /^(.+)\.ad(\.[mc]?[jt]s)?$/.exec(output) ?? [];
  return stem && `${stem}${ext.replace('j', 't')}`;
}

interface Made {
  /** Hashes of the dependencies when it was made. */
  readonly seen: ReadonlyMap<string, string | undefined>;
  readonly outcome: Generated | Refused;
  /** What was written; somebody else may have changed it since. */
  readonly text?: string;
}

const hash = (file: string): Promise<string | undefined> =>
  readFile(file).then(
    (bytes) => createHash('sha256').update(bytes).digest('hex'),
    () => undefined,
  );

export class Generator {
  readonly #options: CompileOptions;
  readonly #session = new Session();
  readonly #include: readonly string[];
  readonly #root: string;
  /** By input. A promise, so that two requests at once compile once. */
  readonly #made = new Map<string, Promise<Made>>();

  constructor({ include, root, ...options }: PluginOptions) {
    this.#root = path.resolve(root ?? '.');
    this.#include = include === undefined ? [] : [include].flat();
    this.#options =
      options.outDir === undefined ? options : { ...options, outDir: path.resolve(this.#root, options.outDir) };
  }

  /** All configured inputs; throws what was refused, when all are done. */
  async generateIncluded(): Promise<readonly Generated[]> {
    if (this.#include.length === 0) return [];
    const ignore = ['**/node_modules/**', '**/*.ad.{ts,mts,cts}', '**/*.d.{ts,mts,cts}'];
    const files = await glob([...this.#include], { cwd: this.#root, absolute: true, ignore });
    const generated: Generated[] = [];
    const refused: Refused[] = [];
    for (const file of files.toSorted()) {
      try {
        generated.push(await this.generate(file));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        refused.push(error);
      }
    }
    const [first] = refused;
    if (!first) return generated;
    const diagnostics = refused.flatMap((each) => each.diagnostics);
    throw new Refused(first.file, diagnostics, refused.map(({ message }) => message).join('\n\n'));
  }

  /** Makes the output of `input` fresh on disk, unless it is; throws `Refused`, and the old output stays. */
  async generate(input: string): Promise<Generated> {
    const before = this.#made.get(input);
    const made = before && (await this.#isFresh(before)) ? before : this.#start(input, before);
    const { outcome } = await made;
    if (outcome instanceof Refused) throw outcome;
    return outcome;
  }

  /** The input that the file `output` is made from, if there is one: a file beside it, or one that `include` named. */
  inputFor(output: string): string | undefined {
    const beside = this.#options.outDir === undefined ? inputOf(output) : undefined;
    if (beside !== undefined && existsSync(beside)) return beside;
    const typed = output.replace(/\.([mc]?)js$/, '.$1ts');
    return [...this.#made.keys()].find((input) => this.outputFor(input) === typed);
  }

  outputFor(input: string): string {
    return outputPath(input, this.#options.outDir);
  }

  /** The inputs whose output was made from `file`. */
  async inputsFrom(file: string): Promise<readonly string[]> {
    const inputs: string[] = [];
    for (const [input, made] of this.#made) if ((await made).seen.has(file)) inputs.push(input);
    return inputs;
  }

  /** One compilation at a time per input: `replaced` is the stale one that this one is to follow. */
  #start(input: string, replaced: Promise<Made> | undefined): Promise<Made> {
    const current = this.#made.get(input);
    if (current !== undefined && current !== replaced) return current; // another request got here first
    const made = this.#make(input);
    this.#made.set(input, made);
    made.catch(() => this.#made.delete(input));
    return made;
  }

  async #isFresh(made: Promise<Made>): Promise<boolean> {
    const { seen, outcome, text } = await made;
    for (const [file, before] of seen) if ((await hash(file)) !== before) return false;
    return outcome instanceof Refused || (await fileText(outcome.output)) === text;
  }

  async #make(input: string): Promise<Made> {
    const before = await hash(input);
    const { output, diagnostics, dependencies } = await compile({ file: input }, this.#options, this.#session);
    const files = [...new Set([input, ...dependencies])];
    const seen = new Map(await Promise.all(files.map(async (file) => [file, await hash(file)] as const)));
    seen.set(input, before); // a change while compiling makes it stale
    if (output === undefined) {
      const errors = diagnostics.filter(({ level }) => level === 'error');
      const message = renderAll(errors, { source: fileTextNow, cwd: this.#root, colors: false });
      return { seen, outcome: new Refused(input, errors, message) };
    }
    await writeAtomically(output.path, output.text);
    return { seen, outcome: { output: output.path, dependencies: files }, text: output.text };
  }
}
