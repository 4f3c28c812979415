/** What the rows of statements are made of: the arguments they get, and texts that several of them write. */

import { expr, index, part, pick, type Context } from './expressions.js';
import type { Scope, Variable } from './scope.js';
import type { ExprTree, StmtTree } from './tree.js';

export interface Place {
  readonly cx: Context;
  readonly scope: Scope;
  /** Text of an early return; absent inside of closures and helpers that must not. */
  readonly leave?: ((scope: Scope, tree: ExprTree | undefined) => string) | undefined;
}

export interface Written {
  readonly lines: readonly string[];
  /** What the statements after it see in addition. */
  readonly defines?: readonly Variable[];
  /** Nothing after it in its block is reached. */
  readonly ends?: boolean;
}

export interface Arguments extends Place {
  readonly n: readonly number[];
  readonly e: (k: number) => string;
  readonly tree: StmtTree;
  readonly block: (k: number, scope: Scope) => readonly string[];
}

export type Row = readonly [name: string, weight: number, write: (at: Arguments) => Written | undefined];

export const indent = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

export function declare({ cx, e }: Arguments, word: 'const' | 'let'): Written {
  const name = cx.fresh(word === 'const' ? 'c' : 's');
  return { lines: [`${word} ${name} = ${e(0)};`], defines: [{ name, kind: 'num', mutable: word === 'let' }] };
}

/** What is assigned again and again must not grow without bounds. */
export const tame = (scope: Scope, text: string): string =>
  scope.loopDepth > 0 && /\*|\+|reduce|helper|fn/.test(text) ? `Math.sin(${text})` : text;

export function assignment(target: string, scope: Scope, n: number, value: string): string {
  const bounded = tame(scope, value);
  switch (n % 6) {
    case 0:
      return `${target} = ${bounded};`;
    case 1:
      return `${target} += ${bounded};`;
    case 2:
      return `${target} -= ${bounded};`;
    case 3:
      return `${target} *= Math.cos(${value});`;
    case 4:
      return `${target} /= 1.1 + Math.sin(${value}) ** 2;`;
    default:
      return `${target} = 0.5 * ${target} + ${bounded};`;
  }
}

/** A place in an object that may be written: an element, a field. */
export function place({ cx, scope }: Place, n: readonly number[]): string | undefined {
  const [which = 0, at = 0, other = 0] = n;
  const object = pick(
    scope.mutable('f64', 'list', 'pair', 'item', 'rows', 'items').filter((v) => v.size !== 'some'),
    which,
  );
  if (object === undefined) return undefined;
  switch (object.kind) {
    case 'pair':
    case 'item':
      return part(object, at);
    case 'rows':
      return `${object.name}[${index(cx, scope, object, at)}][${index(cx, scope, object, other)}]`;
    case 'items':
      return `${object.name}[${index(cx, scope, object, at)}].${other % 2 === 0 ? 'p' : 'q'}`;
    default:
      return `${object.name}[${index(cx, scope, object, at)}]`;
  }
}

export const counted = (from: number, kind: Variable['size']): Partial<Variable> => ({
  from,
  ...(kind === undefined ? {} : { size: kind }),
});

/** One of the arrays a loop may run over, or none. */
export const sized = (scope: Scope, n: number): Variable | undefined =>
  pick(
    scope.of('f64', 'list', 'rows', 'items').filter((v) => v.size !== 'some'),
    n,
  );

/** A body for a loop whose tree has none: accumulate or write something. */
export function fallback({ cx, n, tree, leave }: Arguments, scope: Scope): readonly string[] {
  const value = expr(cx, scope, tree.exprs[0]);
  const target = pick(scope.mutable('num'), n[2] ?? 0)?.name ?? place({ cx, scope, leave }, n.slice(1));
  return target === undefined ? [] : [assignment(target, scope, n[3] ?? 0, value)];
}
