/**
 * What `compile` is asked for and what it answers. Every option of the
 * command line, the plugin and the API is declared here, with its default.
 */
import type { Diagnostic } from './diagnostics/report.js';
import type { Type } from './ir/types.js';

/** What can be asked for: the four derived functions of one function, and everything about the chain h, p, β. */
export const modes = ['forward', 'jvp', 'vjp', 'grad', 'chain'] as const;
export type RequestedMode = (typeof modes)[number];

/** Whether chain functions run over a rollout from `x0`, along states that are given, or are emitted for both. */
export const trajectories = ['rollout', 'given', 'both'] as const;
export type Trajectory = (typeof trajectories)[number];

/**
 * Options of `compile`, all optional.
 *
 * ```ts
 * const result = await compile({ file: 'model.ts' }, { modes: ['vjp'], wrt: ['theta'] });
 * ```
 */
export interface CompileOptions {
  /** What to emit. Default: everything that applies. A doc tag on a function says otherwise for that function. */
  readonly modes?: readonly RequestedMode[];
  /** Names of the exports to differentiate. Default: every candidate. Names the file does not have are ignored here. */
  readonly functions?: readonly string[];
  /** Active parameters, in every function that has a parameter of one of these names. Default: all that hold reals. */
  readonly wrt?: readonly string[];
  /** Passive parameters that are fixed now. Default: none. */
  readonly const?: Readonly<Record<string, number>>;
  /** Default: `rollout`. */
  readonly trajectory?: Trajectory;
  /** Check the sizes of seeds and `out` at run time. Default: true. */
  readonly guards?: boolean;
  /** Run prettier over the output. Default: true. */
  readonly format?: boolean;
  /** Folder of the output. Default: the folder of the input. */
  readonly outDir?: string;
  /** Default: the nearest `tsconfig.json` above the input. */
  readonly tsconfig?: string;
  /** Emit what `noUncheckedIndexedAccess` needs. Default: as the tsconfig says. */
  readonly noUncheckedIndexedAccess?: boolean;
  /** Simplify and optimise. Default: true; false is for comparing. */
  readonly optimise?: boolean;
  /** Called with the printed IR of every function after every stage. Default: not called, nothing is printed. */
  readonly printIr?: (stage: string, fn: string, text: string) => void;
}

/** The defaults of the options that are plain values. */
export const defaults = {
  modes,
  trajectory: 'rollout',
  guards: true,
  format: true,
  optimise: true,
} as const satisfies CompileOptions;

/** A file to compile; `text`, if given, is taken in place of what the disk holds. */
export interface CompileInput {
  readonly file: string;
  readonly text?: string;
}

export interface CompileResult {
  /** Absolute path of the input. */
  readonly file: string;
  /** The generated module; `undefined` if the file is refused. Nothing has been written yet. */
  readonly output: { readonly path: string; readonly text: string } | undefined;
  /** Errors, warnings and notes, in the order of the source. */
  readonly diagnostics: readonly Diagnostic[];
  /** What `output` exports, in its order. */
  readonly functions: readonly EmittedInfo[];
  /** All exports of the input, also those that were not asked for or cannot be differentiated. */
  readonly exports: readonly ExportInfo[];
  /** Absolute paths of the user's files the output was made from: the input and what it imports. */
  readonly dependencies: readonly string[];
}

export interface ExportInfo {
  readonly name: string;
  /** Whether it can be differentiated at all: a function from reals to reals. */
  readonly candidate: boolean;
  /** Names of its parameters; empty if it is no function. */
  readonly params: readonly string[];
}

export type FunctionMode = 'forward' | 'jvp' | 'vjp' | 'grad';
export type ChainMode = 'rollout' | 'gradL' | 'F' | 'gradPhiF' | 'gradPhiFAdjoint' | 'gradF';

/** One exported function of the output: what `--verify` needs to call it and to judge its answer. */
export type EmittedInfo = EmittedFunction | EmittedChain;

interface Emitted {
  /** Its name in the output. */
  readonly name: string;
  /** Parameters of the source's function, in order; seeds come after them. */
  readonly params: readonly EmittedParam[];
  /** Type of the source's result. */
  readonly result: Type;
  /** Type of the result's tangent. */
  readonly resultTangent: Type;
}

export interface EmittedFunction extends Emitted {
  readonly kind: 'function';
  readonly mode: FunctionMode;
  /** The export of the input that it was made from. */
  readonly source: string;
}

/** `params` are those of x0 (or xs), theta, phi, f and n that this function takes; `result` is the type of a state. */
export interface EmittedChain extends Emitted {
  readonly kind: 'chain';
  readonly mode: ChainMode;
  /** The chain it belongs to: '' for the exports h, p and beta, else the prefix of its functions. */
  readonly chain: string;
  /** Over given states: `xs` in place of `x0` and `n`. */
  readonly along: boolean;
  /** The exports of the input that play these parts, and how many arguments each takes. */
  readonly parts: {
    readonly h: ChainPart;
    readonly p: ChainPart;
    readonly beta: ChainPart;
  };
}

export interface ChainPart {
  readonly source: string;
  /** Whether it takes the index as its last argument. */
  readonly indexed: boolean;
}

export interface EmittedParam {
  readonly name: string;
  readonly type: Type;
  /** Type of its tangent and cotangent; absent if it is passive. */
  readonly tangent?: Type;
  readonly optional?: true;
  /** In the source it takes all further arguments. */
  readonly rest?: true;
  /** The value it was fixed to; such a parameter is no longer one of the emitted function. */
  readonly fixed?: number;
}
