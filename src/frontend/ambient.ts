/**
 * Declarations every program sees beside `lib.es2023`. Host functions are declared although most are refused:
 * the refusal says more than "cannot find name".
 */
export const ambientFile = '/adgen-ambient.d.ts';

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
  type Fn = (...args: never[]) => unknown;
  // Keyed by the parameters' names, which types cannot express.
  type Parts = Record<string, any>;
  export function vjp<F extends Fn>(f: F): (...args: any[]) => { value: ReturnType<F>; cotangents: Parts };
  export function jvp<F extends Fn>(f: F): (...args: any[]) => { value: ReturnType<F>; tangent: ReturnType<F> };
  export function grad<F extends Fn>(f: F): (...args: any[]) => { value: number; gradient: Parts };
}
declare module 'adgen/structure' {
  export function zerosLike<T>(x: T): T;
  export function inner<T>(x: T, y: T): number;
  export function sum<T>(x: T, y: T): T;
  export function copyOf<T>(x: T): T;
  type Fn = (...args: never[]) => unknown;
  type Parts = Record<string, any>;
  export function call<F extends Fn>(f: F): (...args: any[]) => ReturnType<F>;
  export function vjp<F extends Fn>(f: F, wrt: string): (...args: any[]) => { value: ReturnType<F>; cotangents: Parts };
  export function jvp<F extends Fn>(
    f: F,
    wrt: string,
  ): (...args: any[]) => { value: ReturnType<F>; tangent: ReturnType<F> };
  export function vjpInto<F extends Fn>(f: F): (...args: any[]) => { value: ReturnType<F>; cotangents: Parts };
}
`;
