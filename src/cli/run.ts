/**
 * The command, apart from the process it runs in. All inputs are compiled
 * before anything is judged, and judged before anything is written.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { render, toJson } from '../diagnostics/render.js';
import type { Diagnostic } from '../diagnostics/report.js';
import { fileText, fileTextNow, writeAtomically, WriteError } from '../files.js';
import type { CompileOptions, CompileResult } from '../options.js';
import { outputPath } from '../output-path.js';
import { renderTable } from '../verify/table.js';
import type { Verification } from '../verify/verify.js';
import { version } from '../version.js';
import { Answer, parseArguments, UsageError, type Arguments } from './arguments.js';

/** Where the command speaks to; a test's own, or the process. */
export interface Host {
  readonly cwd: string;
  readonly color: boolean;
  out(text: string): void;
  err(text: string): void;
}

type ExitCode = 0 | 1 | 2;

/** What became of one input. */
type Status =
  | 'refused'
  | 'failed checks'
  | 'printed'
  | 'written'
  | 'unchanged'
  | 'up to date'
  | 'stale'
  | 'missing'
  | 'not written';

interface Outcome {
  readonly result: CompileResult;
  readonly status: Status;
  readonly verification?: Verification;
}

const badStatuses: readonly Status[] = ['refused', 'failed checks', 'stale', 'missing', 'not written'];

export async function run(argv: readonly string[], host: Host): Promise<ExitCode> {
  try {
    const args = parseArguments(argv);
    await refuseInputs(args, host);
    return await new Run(args, host).all();
  } catch (error) {
    if (error instanceof Answer) {
      host.out(error.message);
      return 0;
    }
    if (!(error instanceof UsageError)) throw error;
    host.err(`adgen: ${error.message}\nTry adgen --help.\n`);
    return 2;
  }
}

class Run {
  constructor(
    private readonly args: Arguments,
    private readonly host: Host,
  ) {}

  async all(): Promise<ExitCode> {
    const { args, host } = this;
    const printer = new IrPrinter(args.printIr, host);
    // Loading TypeScript takes longer than all the rest; --help and wrong usage need not wait for it.
    const { compile, Session } = await import('../compile.js');
    const session = new Session();
    const results: CompileResult[] = [];
    for (const input of args.inputs) {
      results.push(await compile({ file: path.resolve(host.cwd, input) }, this.options(printer), session));
    }
    refuseNames(args, results);
    printer.refuseUnknownStage();

    const outcomes: Outcome[] = [];
    for (const result of results) outcomes.push(await this.one(result));
    if (args.json) this.reportJson(outcomes);
    return outcomes.some(({ status }) => badStatuses.includes(status)) ? 1 : 0;
  }

  private options(printer: IrPrinter): CompileOptions {
    const { modes, functions, wrt, trajectory, guards, outDir, tsconfig, const: constants } = this.args;
    const absolute = (file: string) => path.resolve(this.host.cwd, file);
    return {
      guards,
      ...(modes && { modes }),
      ...(functions && { functions }),
      ...(wrt && { wrt }),
      ...(constants && { const: constants }),
      ...(trajectory && { trajectory }),
      ...(outDir !== undefined && { outDir: absolute(outDir) }),
      ...(tsconfig !== undefined && { tsconfig: absolute(tsconfig) }),
      ...(printer.wanted && { printIr: printer.print }),
    };
  }

  private async one(result: CompileResult): Promise<Outcome> {
    const { args, host } = this;
    for (const diagnostic of result.diagnostics) this.reportDiagnostic(diagnostic);
    const { output } = result;
    if (!output) return { result, status: 'refused' };

    // Checked before written: a derivative that is wrong must not reach a file that is right.
    const verification = args.verify ? await this.verify(result) : undefined;
    if (args.stdout && !args.json) host.out(output.text);
    if (verification && !args.json) this.reportTable(verification);
    if (verification && !verification.passed) {
      const failed = verification.rows.some(({ verdict }) => verdict === 'FAILED');
      const reason = failed ? 'a check failed' : 'nothing could be checked';
      if (!args.json) host.err(`adgen: ${this.relative(result.file)}: ${reason}; nothing is written\n`);
      return { result, status: 'failed checks', verification };
    }

    const status = await this.deliver(output);
    return { result, status, ...(verification && { verification }) };
  }

  private async verify(result: CompileResult): Promise<Verification> {
    const { points } = this.args;
    const { verify } = await import('../verify/verify.js');
    if (points === undefined) return verify(result);
    const text = await readFile(path.resolve(this.host.cwd, points), 'utf8').catch(() => {
      throw new UsageError(`--points: cannot read ${points}`);
    });
    return verify(result, { points: parsePoints(text, points) });
  }

  /** Prints, compares or writes. */
  private async deliver({ path: file, text }: { path: string; text: string }): Promise<Status> {
    const { args } = this;
    if (args.stdout || args.printIr !== undefined) return 'printed';
    const shown = this.relative(file);
    if (args.check) {
      const present = await fileText(file);
      if (present === text) return 'up to date';
      const status = present === undefined ? 'missing' : 'stale';
      if (!args.json) this.host.err(`adgen: ${shown} is ${status}; run adgen again without --check\n`);
      return status;
    }
    try {
      const status = await writeAtomically(file, text);
      if (!args.quiet && !args.json) this.host.err(`${shown} ${status}\n`);
      return status;
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
      if (!args.json) this.host.err(`adgen: ${error.message}\n`);
      return 'not written';
    }
  }

  private reportDiagnostic(diagnostic: Diagnostic): void {
    const { args, host } = this;
    if (args.json || (args.quiet && diagnostic.level !== 'error')) return;
    host.err(`${render(diagnostic, { source: fileTextNow, cwd: host.cwd, colors: host.color })}\n`);
  }

  private reportTable(verification: Verification): void {
    const { args, host } = this;
    if (args.quiet && verification.passed) return;
    const table = renderTable(verification);
    // After code, the table is a comment: what --stdout prints stays TypeScript.
    host.out(args.stdout ? `\n${table.replace(/^(?=.)/gm, '// ')}` : table);
  }

  private reportJson(outcomes: readonly Outcome[]): void {
    const files = outcomes.map(({ result, status, verification }) => ({
      input: this.relative(result.file),
      output: result.output && this.relative(result.output.path),
      status,
      text: this.args.stdout ? result.output?.text : undefined,
      diagnostics: result.diagnostics.map(toJson),
      functions: result.functions.map(({ name, mode, params }) => ({
        name,
        mode,
        params: params.map((param) => param.name),
      })),
      verification,
    }));
    this.host.out(`${JSON.stringify({ version, files }, null, 2)}\n`);
  }

  private relative(file: string): string {
    const relative = path.relative(this.host.cwd, file);
    return relative.startsWith(`..${path.sep}`) ? file : relative;
  }
}

function parsePoints(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--points: ${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `--print-ir`: all stages, or one; which stages there are is known once the compiler has run. */
class IrPrinter {
  readonly wanted: boolean;
  private readonly seen = new Set<string>();

  constructor(
    private readonly stage: string | undefined,
    private readonly host: Host,
  ) {
    this.wanted = stage !== undefined;
  }

  readonly print = (stage: string, fn: string, text: string): void => {
    this.seen.add(stage);
    if (this.stage === 'all' || this.stage === stage) this.host.out(`--- ${stage}: ${fn}\n${text}\n`);
  };

  refuseUnknownStage(): void {
    if (this.stage === undefined || this.stage === 'all' || this.seen.size === 0 || this.seen.has(this.stage)) return;
    throw new UsageError(`no stage is called '${this.stage}'; the stages are ${[...this.seen].join(', ')}`);
  }
}

/** What can be told of the inputs without reading them. */
async function refuseInputs({ inputs, outDir }: Arguments, { cwd }: Host): Promise<void> {
  const outputs = new Map<string, string>();
  for (const input of inputs) {
    const file = path.resolve(cwd, input);
    const found = await stat(file).catch(() => undefined);
    if (!found) throw new UsageError(`${input}: no such file`);
    if (found.isDirectory())
      throw new UsageError(`${input} is a folder; name its files, as in ${path.join(input, '*.ts')}`);
    if (/\.d\.[mc]?ts$/.test(input))
      throw new UsageError(`${input}: a declaration file has no function bodies to differentiate`);
    if (!/\.([mc]?ts|tsx)$/.test(input))
      throw new UsageError(`${input}: adgen reads TypeScript (.ts, .mts, .cts, .tsx)`);
    const output = outputPath(file, outDir === undefined ? undefined : path.resolve(cwd, outDir));
    const other = outputs.get(output);
    if (other !== undefined && other !== file) {
      throw new UsageError(
        `${other} and ${input} would both be written to ${path.relative(cwd, output)}; run adgen once for each --out-dir`,
      );
    }
    outputs.set(output, file);
  }
}

/** A name that no input has is a slip of the pen, not a wish for nothing. */
function refuseNames(args: Arguments, results: readonly CompileResult[]): void {
  // A file that cannot be read has no exports to compare with; its errors come first.
  if (results.some((result) => result.exports.length === 0)) return;
  const exports = results.flatMap((result) => result.exports);
  const params = [...new Set(exports.filter(({ candidate }) => candidate).flatMap((entry) => entry.params))];
  const refuse = (option: string, names: readonly string[], known: readonly string[], what: string) => {
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length === 0) return;
    const list = known.length > 0 ? `there are ${known.join(', ')}` : 'there are none';
    throw new UsageError(`${option}: no ${what} is called '${unknown.join("', '")}'; ${list}`);
  };
  refuse('--functions', args.functions ?? [], [...new Set(exports.map(({ name }) => name))], 'export');
  refuse('--wrt', args.wrt ?? [], params, 'parameter of an exported function');
  refuse('--const', Object.keys(args.const ?? {}), params, 'parameter of an exported function');
}
