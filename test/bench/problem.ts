/**
 * What a file under problems/ exports as `problem`. The file holds the primal as a user would write it, which adgen
 * compiles, and beside it the derivative as an expert would write it for this one function: *plain*, and *blocked* where
 * products of matrices and vectors dominate.
 */

/** A function compared with hand-written code; results of all variants must agree before anything is timed. */
export interface FunctionProblem {
  readonly kind: 'function';
  readonly title: string;
  /** The export that is differentiated. */
  readonly primal: string;
  readonly mode: 'grad' | 'vjp';
  /** The active parameters; default: all. */
  readonly wrt?: readonly string[];
  readonly arguments: () => readonly unknown[];
  /** Directions of the active parameters, for the jvp. */
  readonly tangents: () => readonly unknown[];
  /** The seed of a vjp. */
  readonly cotangent?: () => unknown;
  /** Every argument is a table; a timed call runs down its rows and calls the function once for each. */
  readonly calls?: number;
  /** Exports with the signature of the generated gradient or vjp. */
  readonly plain: string;
  readonly blocked?: string;
}

/** h, p and beta, and what follows from them, at several sizes. */
export interface ChainProblem {
  readonly kind: 'chain';
  readonly title: string;
  readonly sizes: readonly ChainSize[];
  /** Exports with the signatures of the generated F and gradPhiF. */
  readonly plain: { readonly F: string; readonly gradPhiF: string };
  readonly blocked?: { readonly F: string; readonly gradPhiF: string };
}

export interface ChainSize {
  readonly label: string;
  /** x0, theta, phi, f, n. */
  readonly arguments: () => readonly unknown[];
}

export type Problem = FunctionProblem | ChainProblem;
