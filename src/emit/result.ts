/**
 * The shape of a function's result: literals of records and tuples at the end of the function with what stands in
 * them, the *leaves*. Arrays that the function itself makes are leaves too; with `out` they are taken from there.
 */

import { typeOf } from '../ir/build.js';
import type { Alloc, Atom, Fn, Make, Stmt, Type, Value } from '../ir/types.js';
import { operands, statements } from '../ir/visit.js';
import { isIdentifier } from './names.js';

export type ResultTree = ResultMake | Leaf;

export interface ResultMake {
  readonly kind: 'make';
  readonly type: Make['target']['type'];
  readonly path: readonly string[];
  readonly parts: readonly ResultTree[];
}

export interface Leaf {
  readonly kind: 'leaf';
  readonly type: Type;
  readonly path: readonly string[];
  readonly atom: Atom;
  /** The array is made by this statement at the top of the function, and may be brought along instead. */
  readonly made: Stmt | undefined;
}

export interface ResultShape {
  readonly tree: ResultTree;
  readonly leaves: readonly Leaf[];
  /** The literals of the tree. */
  readonly absorbed: ReadonlySet<Stmt>;
  /** Allocations of the arrays that a list of arrays in the result is filled with. */
  readonly rows: ReadonlyMap<Stmt, Row>;
}

export interface Row {
  readonly list: Value;
  readonly index: Value;
  /** Where the list stands in the result. */
  readonly path: readonly string[];
}

export function resultShape(fn: Fn): ResultShape {
  const uses = new Map<Atom, number>();
  const count = (atom: Atom) => uses.set(atom, (uses.get(atom) ?? 0) + 1);
  for (const stmt of statements(fn.body)) operands(stmt).forEach(count);
  for (const stmt of statements(fn.body)) {
    if (stmt.kind === 'if') [...stmt.then.yields, ...stmt.else.yields].forEach(count);
    else if (stmt.kind === 'for' || stmt.kind === 'loop') stmt.body.yields.forEach(count);
  }
  fn.body.yields.forEach(count);
  const definitions = new Map<Atom, Stmt>();
  for (const stmt of fn.body.stmts) if ('target' in stmt && stmt.target) definitions.set(stmt.target, stmt);

  const leaves: Leaf[] = [];
  const absorbed = new Set<Stmt>();
  const made = new Set<Stmt>();
  const rows = new Map<Stmt, Row>();
  const follow = (atom: Atom, type: Type, path: readonly string[]): ResultTree => {
    const stmt = definitions.get(atom);
    const isLiteral =
      stmt?.kind === 'make' && (type.kind === 'record' || (type.kind === 'array' && type.storage === 'list'));
    if (
      stmt?.kind === 'make' &&
      isLiteral &&
      uses.get(atom) === 1 &&
      (type.kind === 'record' || type.fixed !== undefined)
    ) {
      absorbed.add(stmt);
      const parts = stmt.parts.map((part, k) => {
        const key = type.kind === 'record' ? (type.fields[k]?.name ?? '') : String(k);
        return follow(part, partType(type, k, part), [...path, key]);
      });
      return { kind: 'make', type, path, parts };
    }
    const row = stmt?.kind === 'alloc' && !made.has(stmt) ? rowOf(stmt, fn) : undefined;
    if (stmt?.kind === 'alloc' && row !== undefined) rows.set(row.made, { list: stmt.target, index: row.index, path });
    const own = stmt !== undefined && !made.has(stmt) && (row !== undefined || mayBeTaken(stmt)) ? stmt : undefined;
    if (own !== undefined) made.add(own);
    const leaf: Leaf = { kind: 'leaf', type, path, atom, made: own };
    leaves.push(leaf);
    return leaf;
  };
  const [atom] = fn.body.yields;
  if (atom === undefined) throw new Error(`${fn.name} yields no result`);
  return { tree: follow(atom, fn.result, []), leaves, absorbed, rows };
}

function partType(type: Type, place: number, part: Atom): Type {
  if (type.kind === 'record') return type.fields[place]?.type ?? typeOf(part);
  return type.kind === 'array' ? type.elem : typeOf(part);
}

/** Arrays of numbers and booleans; those of references are filled anew and copied at the end. */
function mayBeTaken(stmt: Stmt): boolean {
  if (stmt.kind !== 'alloc' && stmt.kind !== 'slice' && stmt.kind !== 'make') return false;
  const { type } = stmt.target;
  return type.kind === 'array' && (type.elem.kind === 'num' || type.elem.kind === 'bool');
}

/**
 * What a list of arrays is filled with, if that is an array made for each element in turn and nothing else:
 * only then are the arrays of an earlier result distinct, and each in its place.
 */
function rowOf(list: Alloc, fn: Fn): { made: Stmt; index: Value } | undefined {
  const { type } = list.target;
  if (type.kind !== 'array' || type.elem.kind !== 'array' || type.fixed !== undefined || list.fill !== undefined)
    return;
  let found: { made: Stmt; index: Value } | undefined;
  for (const stmt of fn.body.stmts) {
    if (stmt.kind !== 'for') continue;
    const made = new Map<Atom, Stmt>(
      stmt.body.stmts.flatMap((inner) => ('target' in inner && inner.target ? [[inner.target, inner]] : [])),
    );
    for (const inner of stmt.body.stmts) {
      if (inner.kind !== 'store' || inner.object !== list.target || inner.key !== stmt.index) continue;
      const row = made.get(inner.value);
      if (row !== undefined && (row.kind === 'alloc' || row.kind === 'slice') && mayBeTaken(row)) {
        found = { made: row, index: stmt.index };
      }
    }
  }
  return found !== undefined && isOnlyFilled(list.target, fn) ? found : undefined;
}

/** Whether a list is stored into once, and otherwise only read and returned. */
function isOnlyFilled(list: Value, fn: Fn): boolean {
  let stores = 0;
  for (const stmt of statements(fn.body)) {
    if (stmt.kind === 'if' && [...stmt.then.yields, ...stmt.else.yields].includes(list)) return false;
    if ((stmt.kind === 'for' || stmt.kind === 'loop') && stmt.body.yields.includes(list)) return false;
    if (!operands(stmt).includes(list)) continue;
    if (stmt.kind === 'store' && stmt.object === list && stmt.value !== list) stores += 1;
    else if (stmt.kind !== 'load' && stmt.kind !== 'length' && stmt.kind !== 'make') return false;
  }
  return stores === 1;
}

/** `out.cotangents.x`, `out[0]`. */
export const pathText = (root: string, path: readonly string[]): string =>
  path.reduce(
    (text, key) => (isIdentifier(key) ? `${text}.${key}` : `${text}[${/^\d+$/.test(key) ? key : `'${key}'`}]`),
    root,
  );

/** Whether a default value of the type can be written down: no size depends on the arguments. */
export function isFixedShape(type: Type): boolean {
  switch (type.kind) {
    case 'num':
    case 'bool':
      return true;
    case 'record':
      return type.fields.every((field) => isFixedShape(field.type));
    case 'array':
      return type.fixed !== undefined && isFixedShape(type.elem);
    default:
      return false;
  }
}

/** Names for parts of the result that have none: `xBar` for a part `x` of the cotangents. */
export function partHints(leaves: readonly Leaf[]): Map<Value, string> {
  const hints = new Map<Value, string>();
  for (const { atom, path } of leaves) {
    if (atom.kind !== 'value' || path.length === 0) continue;
    const [group, ...rest] = path;
    const words = path.length === 1 ? path : rest;
    const name = words.map((word, k) => (k === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('');
    const bar = path.length > 1 && (group === 'cotangents' || group === 'gradient' || group === 'gradients');
    hints.set(atom, (/^\d/.test(name) ? `${group ?? 'part'}${name}` : name) + (bar && !/^\d/.test(name) ? 'Bar' : ''));
  }
  return hints;
}
