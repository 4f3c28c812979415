/**
 * The compiler as a line: load, read, lower, differentiate, optimise, emit, format. What each stage may rely on is
 * said at its top.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chainFunctions } from './chain/chain.js';
import { chainFit } from './chain/fit.js';
import { Deriver } from './derive.js';
import { diagnostic, type Diagnostic, Report } from './diagnostics/report.js';
import type { CodeArgs, CodeName } from './diagnostics/codes.js';
import { chainDocOf, docOf } from './docs.js';
import { formatModule } from './emit/format.js';
import { emitModule } from './emit/module.js';
import { capital } from './emit/names.js';
import type { EmittedFn } from './emit/plan.js';
import {
  type Candidate,
  loadProgram,
  lowerFunction,
  readModule,
  type ModuleInfo,
  type Program,
  Session,
} from './frontend/index.js';
import { printFn } from './ir/print.js';
import { isReference, tangentType } from './ir/structure.js';
import type { Fn } from './ir/types.js';
import {
  type ChainMode,
  type CompileInput,
  type CompileOptions,
  type CompileResult,
  defaults,
  type EmittedInfo,
  type EmittedParam,
} from './options.js';
import { outputPath } from './output-path.js';
import { candidatesOf, chainOf, type FunctionRequest, requestsOf } from './requests.js';
import { version } from './version.js';

export { Session };

/** `session` may be one that earlier compilations of the process have used: they leave parsed files in it. */
export async function compile(
  input: CompileInput,
  options: CompileOptions = {},
  session: Session = new Session(),
): Promise<CompileResult> {
  const compilation = new Compilation(input, options, session);
  try {
    return await compilation.run();
  } catch (error) {
    // TypeScript, too, follows what is nested by recursion.
    if (error instanceof RangeError && error.message.includes('call stack')) return compilation.tooLarge();
    throw error;
  }
}

class Compilation {
  private readonly file: string;
  private readonly report = new Report();
  private readonly guards: boolean;
  private readonly deriver: Deriver;
  private readonly emitted: EmittedFn[] = [];
  private readonly infos: EmittedInfo[] = [];
  /** The export that an emitted function was made from. */
  private readonly sources = new Map<Fn, Candidate>();
  private readonly primals = new Map<string, Fn | undefined>();

  constructor(
    private readonly input: CompileInput,
    private readonly options: CompileOptions,
    private readonly session: Session,
  ) {
    this.file = path.resolve(input.file);
    this.guards = options.guards ?? defaults.guards;
    const { printIr } = options;
    this.deriver = new Deriver({
      guards: this.guards,
      optimise: options.optimise ?? defaults.optimise,
      ...(printIr && { observe: (stage: string, fn: Fn) => printIr(stage, fn.name, printFn(fn)) }),
    });
  }

  async run(): Promise<CompileResult> {
    const { options, report, input } = this;
    const text = input.text === undefined ? {} : { text: input.text };
    const tsconfig = options.tsconfig === undefined ? {} : { tsconfig: options.tsconfig };
    const program = loadProgram({ file: this.file, ...text, ...tsconfig }, this.session);
    report.addAll(program.diagnostics);
    if (report.hasErrors) return this.result(undefined, program, undefined);
    const module = readModule(program);
    report.addAll(module.diagnostics);
    this.noteSkipped(module);
    this.refuseTags(module);
    const requests = requestsOf(module, options);
    if (!module.exports.some(({ candidate }) => candidate)) {
      report.add(
        diagnostic('nothing-to-differentiate', { origin: { file: this.file, line: 1, column: 1 }, length: 0 }, [
          path.basename(this.file),
        ]),
      );
    }
    if (report.hasErrors) return this.result(module, program, undefined);

    const chain = this.chainParts(module, program);
    for (const request of requests) this.function(program, request, chain?.index.get(request.source.name));
    if (chain) this.chain(chain);
    this.refuseCollisions();
    if (report.hasErrors) return this.result(module, program, undefined);
    return this.result(module, program, await this.text(program));
  }

  tooLarge(): CompileResult {
    const { file, report } = this;
    report.add(diagnostic('too-large', { origin: { file, line: 1, column: 1 }, length: 0 }, [path.basename(file)]));
    return { file, output: undefined, diagnostics: report.list(), functions: [], exports: [], dependencies: [file] };
  }

  // ------------------------------------------------------------ functions

  /** The primal of a request, lowered and prepared once per set of constants. */
  private primal(
    program: Program,
    { source, constants, wrt }: FunctionRequest,
    index: string | undefined,
  ): Fn | undefined {
    const key = JSON.stringify([source.name, [...constants], wrt, index]);
    if (this.primals.has(key)) return this.primals.get(key);
    const lowered = lowerFunction(program, source.name, program.file, { constants });
    this.report.addAll(lowered.diagnostics);
    let primal: Fn | undefined;
    if (lowered.fn) {
      const active = wrt ?? (index === undefined ? undefined : source.params.filter((name) => name !== index));
      const { fn, copied, problems } = this.deriver.primal(lowered.fn, active);
      primal = fn;
      for (const param of copied) this.add('copies-parameter', source, [source.name, param.name ?? 'a parameter']);
      for (const problem of problems) {
        const origin = problem.origin ?? source.origin;
        this.report.add(diagnostic(problem.code, { origin, length: 1 }, [problem.what]));
      }
      if (problems.length > 0) primal = undefined;
      else if (!fn.params.some((param) => param.active)) {
        this.add('no-active-parameter', source, [source.name]);
        primal = undefined;
      }
    }
    this.primals.set(key, primal);
    return primal;
  }

  private function(program: Program, request: FunctionRequest, index: string | undefined): void {
    const { source, mode, name, explicit } = request;
    const primal = this.primal(program, request, index);
    if (!primal) return;
    const scalar = primal.result.kind === 'num';
    if (mode === 'grad' && !scalar) {
      if (explicit && this.options.modes === undefined) this.add('grad-of-array', source, [source.name]);
      return;
    }
    const fn = this.deriver.derived(primal, mode, name);
    this.sources.set(fn, source);
    this.emit(fn, docOf(mode, source, primal), mode === 'forward' ? undefined : typeName(name));
    this.infos.push({
      kind: 'function',
      mode,
      name,
      source: source.name,
      params: paramsOf(primal, request.constants, source),
      result: primal.result,
      resultTangent: tangentType(primal.result) ?? primal.result,
    });
  }

  private emit(fn: Fn, doc: readonly string[], resultName: string | undefined): void {
    const out = isReference(fn.result);
    this.emitted.push({ fn, doc, out, guards: this.guards, ...(resultName !== undefined && out && { resultName }) });
  }

  // ------------------------------------------------------------ the chain

  private chainParts(module: ModuleInfo, program: Program) {
    const names = chainOf(module, this.options);
    if (names === undefined) return undefined;
    if (names === 'two-betas') {
      const second = candidatesOf(module, this.options).findLast(({ name }) => name === 'beta' || name === 'β');
      if (second) this.add('two-betas', second, ['beta', 'β']);
      return undefined;
    }
    const fns = [names.h, names.p, names.beta].map((part) => lowerFunction(program, part.name, program.file));
    const [h, p, beta] = fns.map(({ fn }) => fn);
    if (!h || !p || !beta) return undefined; // each has been refused, or will be
    const fit = chainFit({ h, p, beta }, (fn) => this.deriver.primal(fn).copied);
    if ('reason' in fit) {
      const tagged = [names.h, names.p, names.beta].some(({ tags }) =>
        tags.some(({ modes }) => modes.includes('chain')),
      );
      const asked = tagged || (this.options.modes?.includes('chain') ?? false);
      this.add(asked ? 'chain-mismatch' : 'no-chain', names.h, [fit.reason]);
      return undefined;
    }
    const trajectory =
      this.options.trajectory ??
      [names.h, names.p, names.beta].flatMap(({ tags }) => tags.flatMap((tag) => tag.trajectory ?? [])).at(0) ??
      defaults.trajectory;
    return { names, fit, trajectory, index: fit.index };
  }

  private chain({ names, fit, trajectory }: NonNullable<ReturnType<Compilation['chainParts']>>): void {
    const runs = trajectory === 'both' ? [false, true] : [trajectory === 'given'];
    for (const along of runs) {
      const modes: readonly ChainMode[] = along
        ? ['F', 'gradPhiF', 'gradPhiFAdjoint', 'gradF']
        : ['rollout', 'gradL', 'F', 'gradPhiF', 'gradPhiFAdjoint', 'gradF'];
      const { functions, diagnostics } = chainFunctions(
        {
          file: this.file,
          ...(this.input.text !== undefined && { text: this.input.text }),
          ...(this.options.tsconfig !== undefined && { tsconfig: this.options.tsconfig }),
          parts: fit.parts,
          along,
          modes,
          session: this.session,
        },
        this.deriver,
        this.guards,
      );
      this.report.addAll(diagnostics);
      for (const { mode, name, fn } of functions) {
        const returnsRecord = mode !== 'rollout' && mode !== 'F';
        this.emit(fn, chainDocOf(mode, along), returnsRecord ? typeName(name) : undefined);
        this.infos.push({
          kind: 'chain',
          mode,
          name,
          chain: '',
          along,
          params: fn.params.flatMap(({ value, active }) => {
            const tangent = active ? tangentType(value.type) : undefined;
            const base = { name: value.name ?? '', type: value.type };
            return [tangent === undefined ? base : { ...base, tangent }];
          }),
          result: fit.state,
          resultTangent: tangentType(fit.state) ?? fit.state,
          parts: {
            h: { source: names.h.name, indexed: fit.parts.h.indexed },
            p: { source: names.p.name, indexed: fit.parts.p.indexed },
            beta: { source: names.beta.name, indexed: fit.parts.beta.indexed },
          },
        });
      }
    }
  }

  // ------------------------------------------------------------ diagnostics

  private add<K extends CodeName>(code: K, { origin, length }: Candidate, args: CodeArgs<K>): void {
    this.report.add(diagnostic(code, { origin, length }, args));
  }

  private noteSkipped(module: ModuleInfo): void {
    for (const each of module.exports) {
      // What --verify reads is no function on purpose.
      if (each.candidate || each.name === 'points') continue;
      this.report.add(
        diagnostic('not-a-candidate', { origin: each.origin, length: each.length }, [each.name, each.reason]),
      );
    }
  }

  private refuseCollisions(): void {
    // A type and a function may have one name.
    const [functions, types] = [new Set<string>(), new Set<string>()];
    for (const { fn, resultName } of this.emitted) {
      const place = this.sources.get(fn) ?? { origin: { file: this.file, line: 1, column: 1 }, length: 0 };
      const take = (name: string, seen: Set<string>) => {
        if (seen.has(name)) this.report.add(diagnostic('name-collision', place, [name]));
        seen.add(name);
      };
      take(fn.name, functions);
      if (resultName !== undefined) take(resultName, types);
    }
  }

  /** Parameters that a tag names and the function does not have. */
  private refuseTags(module: ModuleInfo): void {
    for (const { name, params, tags } of candidatesOf(module, this.options)) {
      for (const { wrt = [], origin } of tags) {
        const unknown = wrt.find((param) => !params.includes(param));
        if (unknown !== undefined)
          this.report.add(diagnostic('unknown-parameter', { origin, length: 6 }, [name, unknown]));
      }
    }
  }

  // ------------------------------------------------------------ output

  private async text(program: Program): Promise<{ path: string; text: string }> {
    const out = outputPath(this.file, this.options.outDir);
    const sources = program.dependencies.map((file) =>
      file === this.file ? this.sourceText() : readFileSync(file, 'utf8'),
    );
    const shown = { ...this.options, printIr: undefined, outDir: undefined, tsconfig: undefined, format: undefined };
    const hash = createHash('sha256')
      .update(JSON.stringify([version, shown, sources]))
      .digest('hex')
      .slice(0, 16);
    const text = emitModule({
      header: { input: relative(path.dirname(out), this.file), version, options: optionsText(this.options), hash },
      functions: this.emitted,
      file: this.file,
      out,
      noUnchecked: this.options.noUncheckedIndexedAccess ?? program.compilerOptions.noUncheckedIndexedAccess ?? false,
      extension: importStyle(this.sourceText()),
    });
    return { path: out, text: (this.options.format ?? defaults.format) ? await formatModule(text) : text };
  }

  private sourceText(): string {
    return this.input.text ?? readFileSync(this.file, 'utf8');
  }

  private result(module: ModuleInfo | undefined, program: Program, output: CompileResult['output']): CompileResult {
    const diagnostics: readonly Diagnostic[] = this.report.list();
    return {
      file: this.file,
      output,
      diagnostics,
      functions: output ? this.infos : [],
      exports: (module?.exports ?? []).map(({ name, candidate, params }) => ({ name, candidate, params })),
      dependencies: program.dependencies,
    };
  }
}

/** What the type of a function's result is called. */
function typeName(name: string): string {
  const found = capital(name);
  return found === name ? `${name}Result` : found;
}

const relative = (from: string, to: string): string => path.relative(from, to).split(path.sep).join('/');

/** The parameters of the source's function in its order, those that were fixed among them. */
function paramsOf(primal: Fn, constants: ReadonlyMap<string, number>, source: Candidate): readonly EmittedParam[] {
  return source.params.flatMap((name, k): EmittedParam[] => {
    const fixed = constants.get(name);
    if (fixed !== undefined) return [{ name, type: { kind: 'num' }, fixed }];
    const param = primal.params.find((each) => each.value.name === name);
    if (!param) return [];
    const tangent = param.active ? tangentType(param.value.type) : undefined;
    const rest = source.rest && k === source.params.length - 1;
    return [
      {
        name,
        type: param.value.type,
        ...(tangent && { tangent }),
        ...(param.optional && { optional: true as const }),
        ...(rest && { rest }),
      },
    ];
  });
}

/** The options that shaped the output, as they would stand on a command line. */
function optionsText({ modes, functions, wrt, const: constants, trajectory, guards }: CompileOptions): string {
  return [
    ...(modes ? [`--modes ${modes.join(',')}`] : []),
    ...(functions ? [`--functions ${functions.join(',')}`] : []),
    ...(wrt ? [`--wrt ${wrt.join(',')}`] : []),
    ...Object.entries(constants ?? {}).map(([name, value]) => `--const ${name}=${value}`),
    ...(trajectory && trajectory !== defaults.trajectory ? [`--trajectory ${trajectory}`] : []),
    ...(guards === false ? ['--no-guards'] : []),
  ].join(' ');
}

/** How the source spells imports of its neighbours. */
function importStyle(text: string): '.js' | '.ts' | '' {
  const [, specifier = ''] = /\bfrom\s+['"](\.[^'"]*)['"]/.exec(text) ?? [];
  if (specifier === '' || /\.[mc]?js$/.test(specifier)) return '.js';
  return /\.[mc]?ts$/.test(specifier) ? '.ts' : '';
}
