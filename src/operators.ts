/**
 * Operators on functions, for use inside of models: `grad((x: number) => x ** 2)(3)`. adgen compiles them away, wherever
 * they occur and however they are nested; what is emitted imports nothing.
 */

/**
 * What tangents, cotangents and gradients of a `T` are: of the same shape, with real numbers in it. `undefined` for what
 * has no derivative (booleans, strings, enumerations, functions); such fields of records are left out.
 */
export type Tangent<T> = [T] extends [number]
  ? number extends T
    ? number
    : undefined
  : T extends Float64Array | Float32Array
    ? T
    : T extends boolean | string | null | undefined | ((...args: never[]) => unknown)
      ? undefined
      : T extends readonly unknown[]
        ? { -readonly [K in keyof T]: Tangent<T[K]> }
        : T extends object
          ? { -readonly [K in keyof T as Tangent<T[K]> extends undefined ? never : K]: Tangent<T[K]> }
          : number;

/** A function that operators can be applied to. */
export type Operand<R = unknown> = (...args: never[]) => R;

/** With respect to which parameters: the index of one, by default of the first, or indices of several. */
export type Selection = number | readonly number[];

/** `unknown` if the selected parameters hold real numbers; else a string that says what is wrong. */
export type Checked<F extends Operand, W extends Selection> =
  undefined extends Gradient<F, W> ? 'the parameter holds no real numbers to differentiate with respect to' : unknown;

/** One tangent of the selected parameter, or a tuple of those of the selected ones. */
export type Gradient<F extends Operand, W extends Selection> = W extends readonly number[]
  ? { -readonly [K in keyof W]: Tangent<Exclude<Parameters<F>[W[K] & number], undefined>> }
  : Tangent<Exclude<Parameters<F>[W & number], undefined>>;

/** Tangents of the parameters that have some, in their order. */
export type Tangents<P extends readonly unknown[]> = P extends readonly [infer First, ...infer Rest]
  ? Tangent<First> extends undefined
    ? Tangents<Rest>
    : [Tangent<First>, ...Tangents<Rest>]
  : [];

/** A number, or numbers in an array or tuple: what Jacobians and Hessians are taken of. */
export type Vector = number | readonly number[] | Float64Array | Float32Array;

/** Derivatives of each number of a `Y` (rows) by each of an `X` (columns). */
export type Matrix<Y, X> = X extends number
  ? Y extends number
    ? number
    : number[]
  : Y extends number
    ? number[]
    : number[][];

/** Jacobians by the selected parameters. */
export type Jacobian<F extends Operand, W extends Selection> = W extends readonly number[]
  ? { -readonly [K in keyof W]: Matrix<ReturnType<F>, Parameters<F>[W[K] & number]> }
  : Matrix<ReturnType<F>, Parameters<F>[W & number]>;

/** The directions of a Hessian-vector product: as many as there are selected parameters. */
export type Directions<F extends Operand, W extends Selection> = W extends readonly number[]
  ? Gradient<F, W>
  : [Gradient<F, W>];

/** The gradient of a function of real numbers to a real number. */
export function grad<F extends Operand<number>, const W extends Selection = 0>(
  _f: F & Checked<F, W>,
  _wrt?: W,
): (...args: Parameters<F>) => Gradient<F, W> {
  return uncompiled('grad');
}

/** Value and gradient at once. */
export function valueAndGrad<F extends Operand<number>, const W extends Selection = 0>(
  _f: F & Checked<F, W>,
  _wrt?: W,
): (...args: Parameters<F>) => { value: number; gradient: Gradient<F, W> } {
  return uncompiled('valueAndGrad');
}

/** Cotangents of parameters; `undefined` for those that have none. */
export type Cotangents<P extends readonly unknown[]> = { -readonly [K in keyof P]: Tangent<P[K]> };

/** Value and vector-Jacobian product: the cotangent of the result comes last; a cotangent per parameter comes back. */
export function vjp<F extends Operand>(
  _f: F,
): (...args: [...Parameters<F>, cotangent: Tangent<ReturnType<F>>]) => {
  value: ReturnType<F>;
  cotangents: Cotangents<Parameters<F>>;
} {
  return uncompiled('vjp');
}

/** Value and Jacobian-vector product: tangents of the parameters come last, of those that have some. */
export function jvp<F extends Operand>(
  _f: F,
): (...args: [...Parameters<F>, ...Tangents<Parameters<F>>]) => {
  value: ReturnType<F>;
  tangent: Tangent<ReturnType<F>>;
} {
  return uncompiled('jvp');
}

/** The Hessian of `f` times a direction per selected parameter, which come last; shaped like the gradient. */
export function hvp<F extends Operand<number>, const W extends Selection = 0>(
  _f: F & Checked<F, W>,
  _wrt?: W,
): (...args: [...Parameters<F>, ...Directions<F, W>]) => Gradient<F, W> {
  return uncompiled('hvp');
}

/** The Jacobian, by columns or by rows, whichever are fewer. `[i][j]`: of number i of the result by number j of the parameter. */
export function jacobian<F extends Operand<Vector>, const W extends Selection = 0>(
  _f: F & Checked<F, W>,
  _wrt?: W,
): (...args: Parameters<F>) => Jacobian<F, W> {
  return uncompiled('jacobian');
}

/** The matrix of second derivatives by one parameter. */
export function hessian<F extends Operand<number>, const W extends number = 0>(
  _f: F & Checked<F, W>,
  _wrt?: W,
): (...args: Parameters<F>) => Parameters<F>[W] extends number ? number : number[][] {
  return uncompiled('hessian');
}

/** Its argument, which derivatives take to be a constant. */
export function stopGradient<T>(_x: T): T {
  return uncompiled('stopGradient');
}

function uncompiled(name: string): never {
  throw new Error(
    `${name} of adgen was called without having been compiled: run adgen on this file and import what it writes (model.ad.ts)`,
  );
}
