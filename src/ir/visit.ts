/** Operands, definitions and nested blocks of statements; substitution and copying. The one place that lists them per kind. */

import { emptySum, value, zero } from './build.js';
import type { Atom, Block, Carried, Cell, Fn, For, If, Key, Loop, Stmt, Value } from './types.js';
import { ValueMap, type ValueTable } from './value.js';

export function unreachable(never: never): never {
  throw new Error(`unexpected ${JSON.stringify(never)}`);
}

/** One empty list for all: these functions are asked of every statement, over and over. */
const none: readonly never[] = [];

const keyAtoms = (key: Key): readonly Atom[] => (key.kind === 'field' ? none : [key]);

/** The atoms a statement reads itself; those read inside its blocks, and their yields, are not among them. */
export function operands(stmt: Stmt): readonly Atom[] {
  switch (stmt.kind) {
    case 'let':
    case 'linear':
      return stmt.args;
    case 'load':
      return [stmt.object, ...keyAtoms(stmt.key)];
    case 'store':
      return [stmt.object, ...keyAtoms(stmt.key), stmt.value];
    case 'length':
    case 'pop':
      return [stmt.object];
    case 'alloc':
      return stmt.fill === undefined ? [stmt.length] : [stmt.length, stmt.fill];
    case 'make':
      return stmt.parts;
    case 'slice':
    case 'view':
      return [stmt.object, stmt.from, stmt.to];
    case 'push':
      return [stmt.object, stmt.value];
    case 'resize':
      return [stmt.object, stmt.length];
    case 'if':
      return [stmt.cond];
    case 'for':
      return [stmt.from, stmt.to, ...stmt.carried.map(({ init }) => init)];
    case 'loop':
      return stmt.carried.map(({ init }) => init);
    case 'throw':
      return stmt.message;
    case 'call':
      return stmt.args;
    case 'derive':
      return [...stmt.args, ...(stmt.into ?? []).filter((atom) => atom !== undefined)];
    case 'cell':
      return stmt.init === undefined ? none : [stmt.init];
    case 'read':
      return none;
    case 'write':
      return [stmt.value];
    default:
      return unreachable(stmt);
  }
}

/** The values a statement defines for the statements after it. */
export function results(stmt: Stmt): readonly Value[] {
  switch (stmt.kind) {
    case 'let':
    case 'linear':
    case 'load':
    case 'length':
    case 'alloc':
    case 'make':
    case 'slice':
    case 'view':
    case 'pop':
    case 'read':
      return [stmt.target];
    case 'if':
    case 'for':
    case 'loop':
    case 'derive':
      return stmt.results;
    case 'call':
      return stmt.target === undefined ? none : [stmt.target];
    case 'store':
    case 'push':
    case 'resize':
    case 'throw':
    case 'cell':
    case 'write':
      return none;
    default:
      return unreachable(stmt);
  }
}

/** The values that a statement defines for the inside of its blocks: index and carried parameters. */
export function innerValues(stmt: Stmt): readonly Value[] {
  switch (stmt.kind) {
    case 'for':
      return [stmt.index, ...stmt.carried.map(({ param }) => param)];
    case 'loop':
      return stmt.carried.map(({ param }) => param);
    default:
      return none;
  }
}

/** What a loop hands on under a name: as it is before the loop, while it runs (`param`) and after each iteration. */
export interface HandedOn {
  readonly init: Atom;
  readonly param: Value;
  readonly next: Atom;
}

/** That of which `value` is the parameter or the result. */
export function handedOn(loop: For | Loop, value: Value): HandedOn | undefined {
  const k = Math.max(
    loop.results.indexOf(value),
    loop.carried.findIndex(({ param }) => param === value),
  );
  const carried = loop.carried[k];
  const next = loop.body.yields[loop.kind === 'loop' ? k + 1 : k];
  return carried && next && { ...carried, next };
}

/** All that a loop defines for its inside: index and carried parameters, and what the statements of its body define. */
export function definedInside(loop: For | Loop): Set<Atom> {
  const inside = new Set<Atom>(innerValues(loop));
  for (const stmt of statements(loop.body)) {
    for (const value of [...results(stmt), ...innerValues(stmt)]) inside.add(value);
  }
  return inside;
}

/** What a value that a choice or a loop gives, or that a loop carries, may be. */
export function incoming(stmt: If | For | Loop, merged: Value): readonly Atom[] {
  if (stmt.kind === 'if') {
    const k = stmt.results.indexOf(merged);
    return [stmt.then, stmt.else].flatMap(({ yields }) => yields[k] ?? none);
  }
  const through = handedOn(stmt, merged);
  return through ? [through.init, through.next] : none;
}

export function blocks(stmt: Stmt): readonly Block[] {
  switch (stmt.kind) {
    case 'if':
      return [stmt.then, stmt.else];
    case 'for':
    case 'loop':
      return [stmt.body];
    default:
      return none;
  }
}

/** The object that a statement itself changes: an element, a field or the length. What a call changes is not among them. */
export function changedObject(stmt: Stmt): Atom | undefined {
  switch (stmt.kind) {
    case 'store':
    case 'push':
    case 'pop':
    case 'resize':
      return stmt.object;
    default:
      return undefined;
  }
}

/** The object or the variable that a statement changes. */
export function changedPlace(stmt: Stmt): Value | Cell | undefined {
  if (stmt.kind === 'write') return stmt.cell;
  const object = changedObject(stmt);
  return object?.kind === 'value' ? object : undefined;
}

/** Every statement of a block and of the blocks inside it, outer before inner, in order. */
export function statements(block: Block): readonly Stmt[] {
  const found: Stmt[] = [];
  const visit = ({ stmts }: Block): void => {
    for (const stmt of stmts) {
      found.push(stmt);
      for (const inner of blocks(stmt)) visit(inner);
    }
  };
  visit(block);
  return found;
}

/** Those of a function and of its helpers. */
export const allStatements = ({ body, helpers = [] }: Fn): readonly Stmt[] =>
  [body, ...helpers.map((helper) => helper.body)].flatMap(statements);

/** Names of the functions that a function calls, in the order of the calls. */
export function callees({ body }: Fn): ReadonlySet<string> {
  const found = new Set<string>();
  for (const stmt of statements(body)) if (stmt.kind === 'call') found.add(stmt.callee);
  return found;
}

/** Those of `helpers` that a function calls, or that those call. */
export function calledHelpers(fn: Fn, helpers: readonly Fn[]): readonly Fn[] {
  const byName = new Map(helpers.map((helper) => [helper.name, helper]));
  const called = new Set(callees(fn));
  for (const name of called) for (const next of callees(byName.get(name) ?? fn)) called.add(next);
  return helpers.filter(({ name }) => called.has(name));
}

/** `fn` without the helpers that are not called any more. */
export function withoutIdle(fn: Fn): Fn {
  const { helpers } = fn;
  if (helpers === undefined) return fn;
  const called = calledHelpers(fn, helpers);
  return called.length === helpers.length ? fn : { ...fn, helpers: called };
}

/** `fn` with every `held` number as it is: no derivative is taken any more. */
export function withoutHeld(fn: Fn): Fn {
  const replaced = new Map<Value, Atom>();
  for (const stmt of allStatements(fn)) {
    const [arg] = stmt.kind === 'let' && stmt.op === 'held' ? stmt.args : [];
    if (stmt.kind === 'let' && arg !== undefined) replaced.set(stmt.target, replaced.get(arg as Value) ?? arg);
  }
  if (replaced.size === 0) return fn;
  const plain = (each: Fn): Fn => ({ ...each, body: dropHeld(substitute(each.body, replaced)) });
  return fn.helpers === undefined ? plain(fn) : { ...plain(fn), helpers: fn.helpers.map(plain) };
}

const dropHeld = ({ stmts, yields }: Block): Block => ({
  stmts: stmts
    .filter((stmt) => stmt.kind !== 'let' || stmt.op !== 'held')
    .map((stmt) => mapStmt(stmt, { atom: (a) => a, define: (v) => v, block: dropHeld })),
  yields,
});

/** Values that are used in a block but defined outside of it. */
export function freeValues(block: Block, defined: ReadonlySet<Value> = new Set()): Set<Value> {
  const free = new Set<Value>();
  const visit = (inner: Block, scope: Set<Value>) => {
    const use = (atom: Atom) => {
      if (atom.kind === 'value' && !scope.has(atom)) free.add(atom);
    };
    for (const stmt of inner.stmts) {
      operands(stmt).forEach(use);
      for (const nested of blocks(stmt)) visit(nested, new Set([...scope, ...innerValues(stmt)]));
      for (const result of results(stmt)) scope.add(result);
    }
    inner.yields.forEach(use);
  };
  visit(block, new Set(defined));
  return free;
}

export interface Mapping {
  readonly atom: (atom: Atom) => Atom;
  /** New values for defined ones. */
  readonly define: (value: Value) => Value;
  readonly block: (block: Block) => Block;
  readonly cell?: (cell: Cell) => Cell;
}

/** The same statement with its atoms, definitions and blocks replaced. */
export function mapStmt(stmt: Stmt, map: Mapping): Stmt {
  const { atom, define, block } = map;
  const key = (k: Key): Key => (k.kind === 'field' ? k : atom(k));
  const carried = (list: readonly Carried[]) =>
    list.map(({ param, init }) => ({ param: define(param), init: atom(init) }));
  const cell = map.cell ?? ((c: Cell) => c);
  switch (stmt.kind) {
    case 'let': {
      const { kind, op, origin } = stmt;
      const args = stmt.args.map(atom);
      return { kind, target: define(stmt.target), op, args, origin };
    }
    case 'linear': {
      const args = stmt.args.map(atom);
      return { ...stmt, args, target: define(stmt.target) };
    }
    case 'load':
      return { ...stmt, object: atom(stmt.object), key: key(stmt.key), target: define(stmt.target) };
    case 'store':
      return { ...stmt, object: atom(stmt.object), key: key(stmt.key), value: atom(stmt.value) };
    case 'length':
      return { ...stmt, object: atom(stmt.object), target: define(stmt.target) };
    case 'pop':
      return { ...stmt, object: atom(stmt.object), target: define(stmt.target) };
    case 'alloc': {
      const fill = stmt.fill === undefined ? undefined : atom(stmt.fill);
      return { ...stmt, length: atom(stmt.length), fill, target: define(stmt.target) };
    }
    case 'make':
      return { ...stmt, parts: stmt.parts.map(atom), target: define(stmt.target) };
    case 'slice':
    case 'view': {
      const [object, from, to] = [atom(stmt.object), atom(stmt.from), atom(stmt.to)];
      return { ...stmt, object, from, to, target: define(stmt.target) };
    }
    case 'push':
      return { ...stmt, object: atom(stmt.object), value: atom(stmt.value) };
    case 'resize':
      return { ...stmt, object: atom(stmt.object), length: atom(stmt.length) };
    case 'if': {
      const cond = atom(stmt.cond);
      return { ...stmt, cond, then: block(stmt.then), else: block(stmt.else), results: stmt.results.map(define) };
    }
    case 'for': {
      const [from, to] = [atom(stmt.from), atom(stmt.to)];
      const outer = carried(stmt.carried);
      const index = define(stmt.index);
      return { ...stmt, from, to, index, carried: outer, body: block(stmt.body), results: stmt.results.map(define) };
    }
    case 'loop':
      return { ...stmt, carried: carried(stmt.carried), body: block(stmt.body), results: stmt.results.map(define) };
    case 'throw':
      return { ...stmt, message: stmt.message.map(atom) };
    case 'call':
      return { ...stmt, args: stmt.args.map(atom), target: stmt.target && define(stmt.target) };
    case 'derive': {
      const args = stmt.args.map(atom);
      const copy = { ...stmt, args, results: stmt.results.map(define) };
      return stmt.into === undefined ? copy : { ...copy, into: stmt.into.map((a) => (a === undefined ? a : atom(a))) };
    }
    case 'cell':
      return { ...stmt, init: stmt.init === undefined ? undefined : atom(stmt.init), cell: cell(stmt.cell) };
    case 'read':
      return { ...stmt, cell: cell(stmt.cell), target: define(stmt.target) };
    case 'write':
      return { ...stmt, cell: cell(stmt.cell), value: atom(stmt.value) };
    default:
      return unreachable(stmt);
  }
}

/** Replaces uses by `of` throughout a block; definitions stay the same. */
export function substitute(block: Block, of: ReadonlyMap<Value, Atom>): Block {
  if (of.size === 0) return block;
  const atom = (a: Atom): Atom => {
    let found = a;
    // Chains a → b → c arise when one pass replaces several values.
    while (found.kind === 'value') {
      const next = of.get(found);
      if (next === undefined) break;
      found = next;
    }
    return found;
  };
  const map: Mapping = { atom, define: (v) => v, block: (inner) => copy(inner) };
  const copy = (inner: Block): Block => ({
    stmts: inner.stmts.map((s) => mapStmt(s, map)),
    yields: inner.yields.map(atom),
  });
  return copy(block);
}

/** A copy of a block with fresh values and cells for everything defined inside; `replace` gives atoms for outer values and is extended. */
export function instantiate(block: Block, replace: ValueTable<Atom>): Block {
  const cells = new Map<Cell, Cell>();
  const map: Mapping = {
    atom: (a) => (a.kind === 'value' ? (replace.get(a) ?? a) : a),
    define: (v) => {
      const fresh = value(v.type, v.name);
      replace.set(v, fresh);
      return fresh;
    },
    block: (inner) => copy(inner),
    cell: (c) => {
      let fresh = cells.get(c);
      if (fresh === undefined) cells.set(c, (fresh = { ...c }));
      return fresh;
    },
  };
  const copy = (inner: Block): Block => ({
    stmts: inner.stmts.map((s) => mapStmt(s, map)),
    yields: inner.yields.map(map.atom),
  });
  return copy(block);
}

/** The body of `fn` applied to `args`: statements to put in place of a call, and the result. */
export function inline(fn: Fn, args: readonly Atom[]): { stmts: readonly Stmt[]; result: Atom } {
  const replace = new ValueMap<Atom>();
  fn.params.forEach((param, k) => {
    const arg = args[k];
    if (arg !== undefined) replace.set(param.value, arg);
  });
  const { stmts, yields } = instantiate(fn.body, replace);
  const [result] = yields;
  if (result === undefined) throw new Error(`${fn.name} yields no result`);
  return { stmts, result };
}

/** `fn` with 0 in place of the sums of nothing that have remained; the last step before a function is emitted. */
export function settle(whole: Fn): Fn {
  const helpers = whole.helpers?.map(settle);
  const fn = helpers === undefined ? whole : { ...whole, helpers };
  let found = false;
  const map: Mapping = {
    atom: (a) => {
      if (a !== emptySum) return a;
      found = true;
      return zero;
    },
    define: (v) => v,
    block: (inner) => copy(inner),
  };
  const copy = (inner: Block): Block => ({
    stmts: inner.stmts.map((s) => mapStmt(s, map)),
    yields: inner.yields.map(map.atom),
  });
  const body = copy(fn.body);
  return found ? { ...fn, body } : fn;
}
