/**
 * Declarations every program sees beside `lib.es2023`. Host functions are declared although most are refused:
 * the refusal says more than "cannot find name".
 */
export const ambientFile = '/adgen-ambient.d.ts';

/** What `operators.ts` declares; held to it by a test. */
export const operatorsText = `export type Tangent<T> = [T] extends [number] ? number extends T ? number : undefined : T extends Float64Array | Float32Array ? T : T extends boolean | string | null | undefined | ((...args: never[]) => unknown) ? undefined : T extends readonly unknown[] ? {
  -readonly [K in keyof T]: Tangent<T[K]>;
} : T extends object ? {
  -readonly [K in keyof T as Tangent<T[K]> extends undefined ? never : K]: Tangent<T[K]>;
} : number;
export type Operand<R = unknown> = (...args: never[]) => R;
export type Selection = number | readonly number[];
export type Checked<F extends Operand, W extends Selection> = undefined extends Gradient<F, W> ? 'the parameter holds no real numbers to differentiate with respect to' : unknown;
export type Gradient<F extends Operand, W extends Selection> = W extends readonly number[] ? {
  -readonly [K in keyof W]: Tangent<Exclude<Parameters<F>[W[K] & number], undefined>>;
} : Tangent<Exclude<Parameters<F>[W & number], undefined>>;
export type Tangents<P extends readonly unknown[]> = P extends readonly [infer First, ...infer Rest] ? Tangent<First> extends undefined ? Tangents<Rest> : [Tangent<First>, ...Tangents<Rest>] : [];
export type Vector = number | readonly number[] | Float64Array | Float32Array;
export type Matrix<Y, X> = X extends number ? Y extends number ? number : number[] : Y extends number ? number[] : number[][];
export type Jacobian<F extends Operand, W extends Selection> = W extends readonly number[] ? {
  -readonly [K in keyof W]: Matrix<ReturnType<F>, Parameters<F>[W[K] & number]>;
} : Matrix<ReturnType<F>, Parameters<F>[W & number]>;
export type Directions<F extends Operand, W extends Selection> = W extends readonly number[] ? Gradient<F, W> : [Gradient<F, W>];
export function grad<F extends Operand<number>, const W extends Selection = 0>(_f: F & Checked<F, W>, _wrt?: W): (...args: Parameters<F>) => Gradient<F, W>;
export function valueAndGrad<F extends Operand<number>, const W extends Selection = 0>(_f: F & Checked<F, W>, _wrt?: W): (...args: Parameters<F>) => {
  value: number;
  gradient: Gradient<F, W>;
};
export type Cotangents<P extends readonly unknown[]> = {
  -readonly [K in keyof P]: Tangent<P[K]>;
};
export function vjp<F extends Operand>(_f: F): (...args: [...Parameters<F>, cotangent: Tangent<ReturnType<F>>]) => {
  value: ReturnType<F>;
  cotangents: Cotangents<Parameters<F>>;
};
export function jvp<F extends Operand>(_f: F): (...args: [...Parameters<F>, ...Tangents<Parameters<F>>]) => {
  value: ReturnType<F>;
  tangent: Tangent<ReturnType<F>>;
};
export function hvp<F extends Operand<number>, const W extends Selection = 0>(_f: F & Checked<F, W>, _wrt?: W): (...args: [...Parameters<F>, ...Directions<F, W>]) => Gradient<F, W>;
export function jacobian<F extends Operand<Vector>, const W extends Selection = 0>(_f: F & Checked<F, W>, _wrt?: W): (...args: Parameters<F>) => Jacobian<F, W>;
export function hessian<F extends Operand<number>, const W extends number = 0>(_f: F & Checked<F, W>, _wrt?: W): (...args: Parameters<F>) => Parameters<F>[W] extends number ? number : number[][];
export function stopGradient<T>(_x: T): T;`;

export const ambientText = `
interface Console {
  log(...data: unknown[]): void;
  info(...data: unknown[]): void;
  warn(...data: unknown[]): void;
  error(...data: unknown[]): void;
  debug(...data: unknown[]): void;
  trace(...data: unknown[]): void;
  assert(condition?: boolean, ...data: unknown[]): void;
  table(...data: unknown[]): void;
  time(label?: string): void;
  timeEnd(label?: string): void;
}
declare var console: Console;
declare var performance: { now(): number };
declare var crypto: { getRandomValues<T>(array: T): T; randomUUID(): string };
declare function setTimeout(handler: (...args: unknown[]) => void, timeout?: number): number;
declare function structuredClone<T>(value: T): T;
declare function queueMicrotask(callback: () => void): void;
declare function fetch(url: string): Promise<unknown>;

declare module 'adgen' {
${operatorsText}
}
declare module 'adgen/structure' {
  export function zerosLike<T>(x: T): T;
  export function inner<T>(x: T, y: T): number;
  export function sum<T>(x: T, y: T): T;
  export function copyOf<T>(x: T): T;
  type Fn = (...args: never[]) => unknown;
  // Keyed by the parameters' names, which types cannot express: nobody but adgen's own templates imports these.
  type Parts = Record<string, any>;
  export function call<F extends Fn>(f: F): (...args: any[]) => ReturnType<F>;
  export function vjp<F extends Fn>(f: F, wrt?: string): (...args: any[]) => { value: ReturnType<F>; cotangents: Parts };
  export function jvp<F extends Fn>(
    f: F,
    wrt?: string,
  ): (...args: any[]) => { value: ReturnType<F>; tangent: ReturnType<F> };
  export function vjpInto<F extends Fn>(f: F): (...args: any[]) => { value: ReturnType<F>; cotangents: Parts };
}
`;
