/**
 * The command line: text in, one typed value out. Everything that can be wrong
 * without looking at a file is found here and thrown as a `UsageError`.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { modes, trajectories, type RequestedMode, type Trajectory } from '../options.js';
import { version } from '../version.js';

export interface Arguments {
  readonly inputs: readonly string[];
  readonly outDir?: string;
  readonly stdout: boolean;
  readonly modes?: readonly RequestedMode[];
  readonly functions?: readonly string[];
  readonly wrt?: readonly string[];
  readonly const?: Readonly<Record<string, number>>;
  readonly trajectory?: Trajectory;
  readonly check: boolean;
  readonly verify: boolean;
  readonly points?: string;
  /** A stage, or `all`. */
  readonly printIr?: string;
  readonly json: boolean;
  readonly guards: boolean;
  readonly tsconfig?: string;
  readonly quiet: boolean;
}

/** Wrong usage: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `--help` or `--version`: `text` is all there is to say, exit code 0. */
export class Answer extends Error {
  override readonly name = 'Answer';
}

const list = (text: string): string[] => {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('Expected names separated by commas.');
  return names;
};

const isMode = (word: string): word is RequestedMode => modes.some((mode) => mode === word);

const modeList = (text: string): RequestedMode[] =>
  list(text).map((word) => {
    if (!isMode(word)) throw new InvalidArgumentError(`Unknown mode '${word}'. The modes are ${modes.join(', ')}.`);
    return word;
  });

const more = (text: string, names: readonly string[] | undefined) => [...(names ?? []), ...list(text)];

const constants = (text: string, known: Readonly<Record<string, number>> | undefined) => {
  const values: Record<string, number> = { ...known };
  for (const pair of list(text)) {
    const [, name, value] = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=(.+)$/u.exec(pair) ?? [];
    if (name === undefined || value === undefined || Number.isNaN(Number(value))) {
      throw new InvalidArgumentError(`Expected name=number, as in K=8, found '${pair}'.`);
    }
    values[name] = Number(value);
  }
  return values;
};

function command(): Command {
  return new Command('adgen')
    .description('Writes the derivatives of TypeScript functions as TypeScript functions.')
    .usage('[options] <input.ts...>')
    .argument('<input.ts...>', 'files whose exported functions are differentiated')
    .option('--out-dir <folder>', 'where to write <name>.ad.ts (default: beside the input)')
    .option('--stdout', 'print the generated code, write nothing')
    .option('--modes <list>', `of ${modes.join(', ')} (default: all that apply)`, modeList)
    .option('--functions <list>', 'only these exports (default: all that can be differentiated)', more)
    .option('--wrt <list>', 'only these parameters are active, in every function that has one of them', more)
    .option('--const <name=number>', 'fix a passive parameter, as in --const K=8; may be repeated', constants)
    .addOption(
      new Option(
        '--trajectory <kind>',
        'chain functions over a rollout from x0, or over states xs given as data',
      ).choices(trajectories),
    )
    .option('--check', 'write nothing; exit 1 if an output is missing or stale')
    .option('--verify', 'check the generated code numerically against the source and print a table')
    .option(
      '--points <file.json>',
      "with --verify: arguments to check at (default: the file's export 'points', else random ones)",
    )
    .option(
      '--print-ir [stage]',
      'print the intermediate representation after every stage, or one (--print-ir=vjp); write nothing',
    )
    .option('--json', 'report to standard output as JSON')
    .option('--no-guards', 'leave out the run-time checks of sizes')
    .option('--tsconfig <file>', 'default: the nearest one above the input')
    .option('--quiet', 'report errors only')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 an input was refused or a check failed, 2 wrong usage.

Examples:
  adgen model.ts                         write model.ad.ts
  adgen model.ts --verify --stdout       print the derivatives and a table of checks
  adgen model.ts --modes vjp --wrt theta
  adgen src/models/*.ts --check          in CI: are the outputs up to date?`,
    )
    .allowExcessArguments(true)
    .exitOverride();
}

/** Throws `UsageError` or `Answer`. */
export function parseArguments(argv: readonly string[]): Arguments {
  let text = '';
  const program = command().configureOutput({
    writeOut: (chunk) => {
      text += chunk;
    },
    writeErr: () => {}, // commander's own message is in the error it throws
  });
  try {
    // A bare --print-ir must not take the input that follows it as its stage.
    program.parse(
      argv.map((word) => (word === '--print-ir' ? '--print-ir=all' : word)),
      { from: 'user' },
    );
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) throw new Answer(text);
    throw new UsageError(error.message.replace(/^error: /, ''));
  }
  const { printIr, ...options } = program.opts<Omit<Arguments, 'inputs'>>();
  const flags = { stdout: false, check: false, verify: false, json: false, quiet: false };
  const args: Arguments = { ...flags, ...options, ...(printIr === undefined ? {} : { printIr }), inputs: program.args };
  refuseCombinations(args);
  return args;
}

function refuseCombinations(args: Arguments): void {
  const clash = (a: string, b: string, why: string) => {
    throw new UsageError(`${a} and ${b} do not go together: ${why}.`);
  };
  if (args.check && args.stdout)
    clash('--check', '--stdout', 'the one compares files, the other prints instead of writing');
  if (args.stdout && args.outDir !== undefined) clash('--stdout', '--out-dir', 'the one writes nothing');
  if (args.printIr !== undefined && args.json) clash('--print-ir', '--json', 'both print to standard output');
  if (args.printIr !== undefined && args.check) clash('--print-ir', '--check', 'printing is all that --print-ir does');
  if (args.points !== undefined && !args.verify)
    throw new UsageError('--points says where to check: it needs --verify.');
}
