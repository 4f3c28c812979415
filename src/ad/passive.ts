/**
 * Numbers that are passive by use: a parameter of type `number` whose every use, followed through whole-number
 * arithmetic, is an index, a length, a loop's bound, an `===`, or the key of a Map or Set, also compared with others then.
 * It needs no tangent. Nor does an array of numbers that are keys. A parameter without any use is not passive: it is
 * active, with derivative zero.
 */

import { typeOf } from '../ir/build.js';
import { isNumber } from '../ir/structure.js';
import { blocks, operands, statements } from '../ir/visit.js';
import type { Atom, Block, Fn, Stmt, Type, Value } from '../ir/types.js';

const integerArithmetic: ReadonlySet<string> = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'rem',
  'neg',
  'floor',
  'ceil',
  'round',
  'trunc',
  'max',
  'min',
  'abs',
  'bitand',
  'bitor',
  'bitxor',
  'bitnot',
  'shl',
  'shr',
  'ushr',
  'imul',
  'clz32',
  'isInteger',
  'isNaN',
  'isFinite',
  'held',
]);

const bitOps: ReadonlySet<string> = new Set([
  'bitand',
  'bitor',
  'bitxor',
  'bitnot',
  'shl',
  'shr',
  'ushr',
  'imul',
  'clz32',
]);

const comparisons: ReadonlySet<string> = new Set(['lt', 'le', 'gt', 'ge', 'eq', 'ne']);

interface Use {
  readonly stmt: Stmt | 'yield';
  /** Among the operands, or the yields. */
  readonly position: number;
  readonly block: Block;
}

const isNumbers = (type: Type): boolean => type.kind === 'array' && isNumber(type.elem);

const defined = (list: readonly (Value | undefined)[]): readonly Value[] => list.filter((v) => v !== undefined);

/** Whether something is a list of the keys of a Map or Set. */
export function isKeys(list: Atom): boolean {
  const type = typeOf(list);
  return type.kind === 'array' && type.keys === true;
}

/** Whether a use makes a key, or a text, of a number: no real number is meant then. */
const isPutIn = (stmt: Stmt | 'yield'): boolean =>
  stmt !== 'yield' &&
  ((stmt.kind === 'push' && isKeys(stmt.object)) ||
    (stmt.kind === 'make' && isKeys(stmt.target)) ||
    (stmt.kind === 'let' && stmt.op === 'text'));

/** What is read from lists of keys, of whichever Map or Set; 'real' if whole lists are handed on as others. */
function keysRead(fns: readonly Fn[]): readonly Value[] | 'real' {
  const found: Value[] = [];
  for (const { body } of fns) {
    for (const stmt of statements(body)) {
      if (stmt.kind === 'slice' && isKeys(stmt.object) && !isKeys(stmt.target)) return 'real';
      if ((stmt.kind === 'load' || stmt.kind === 'pop') && isKeys(stmt.object)) found.push(stmt.target);
    }
  }
  return found;
}

/** Parameters that are numbers or arrays of numbers and passive by use. Meets SSA form, counted loops recognised. */
export function passiveByUse(fn: Fn): Set<Value> {
  const uses = new Map<Value, Use[]>();
  const note = (atom: Atom, stmt: Stmt | 'yield', position: number, block: Block) => {
    if (atom.kind !== 'value') return;
    const list = uses.get(atom) ?? [];
    list.push({ stmt, position, block });
    uses.set(atom, list);
  };
  const exits = new Set<Atom>();
  const owners = new Map<Block, Stmt>();
  const visit = (block: Block) => {
    for (const stmt of block.stmts) {
      operands(stmt).forEach((atom, k) => note(atom, stmt, k, block));
      for (const inner of blocks(stmt)) {
        owners.set(inner, stmt);
        visit(inner);
      }
      if (stmt.kind === 'loop') {
        // Conditions on the way to "run again" are bounds.
        const again = stmt.body.yields[0];
        if (again) exits.add(again);
        for (const inner of stmt.body.stmts)
          if (inner.kind === 'if' && inner.results.includes(again as Value)) exits.add(inner.cond);
      }
      if (stmt.kind === 'if' && [stmt.then, stmt.else].some((arm) => arm.stmts.at(-1)?.kind === 'throw'))
        exits.add(stmt.cond);
    }
    block.yields.forEach((atom, k) => note(atom, 'yield', k, block));
  };
  const helpers = new Map(fn.helpers?.map((helper) => [helper.name, helper]));
  const kept = keysRead([fn, ...helpers.values()]);
  const targets = new Map<Block, Value[]>([...helpers.values()].map(({ body }) => [body, []]));
  for (const { body } of [fn, ...helpers.values()]) visit(body);
  for (const { body } of [fn, ...helpers.values()]) {
    for (const stmt of statements(body)) {
      const callee = stmt.kind === 'call' ? helpers.get(stmt.callee) : undefined;
      if (callee && stmt.kind === 'call' && stmt.target) targets.get(callee.body)?.push(stmt.target);
    }
  }

  /** Where a use leads to: nowhere (it is passive), to values whose uses decide, or to a use as a real number. */
  const leadsTo = (v: Value, { stmt, position, block }: Use): readonly Value[] | 'real' | 'compared' => {
    if (stmt === 'yield') {
      const given = targets.get(block);
      if (given) return given;
      const owner = owners.get(block);
      if (!owner || (owner.kind !== 'if' && owner.kind !== 'for' && owner.kind !== 'loop')) return 'real';
      const k = owner.kind === 'loop' ? position - 1 : position;
      return defined([owner.results[k], owner.kind === 'if' ? undefined : owner.carried[k]?.param]);
    }
    switch (stmt.kind) {
      case 'let':
        if (stmt.op === 'eq' || stmt.op === 'ne' || stmt.op === 'defined') return [];
        if (comparisons.has(stmt.op)) return isExit(stmt.target) || isTestedWhole(v) ? [] : 'compared';
        if (bitOps.has(stmt.op)) return []; // has no derivative, whatever becomes of it
        if (stmt.op === 'text' || stmt.op === 'not' || stmt.op === 'and' || stmt.op === 'or') return [];
        return (integerArithmetic.has(stmt.op) || stmt.op === 'select' || stmt.op === 'unwrap') && used(stmt.target)
          ? [stmt.target]
          : 'real';
      case 'load':
        return position === 1 ? [] : isNumber(stmt.target.type) ? [stmt.target] : 'real';
      case 'store':
        if (stmt.value === v && isKeys(stmt.object)) return kept;
        return position === 1 && stmt.key.kind !== 'field' ? [] : 'real';
      case 'push':
        return isKeys(stmt.object) ? kept : 'real';
      case 'make':
        return isKeys(stmt.target) ? kept : 'real';
      case 'alloc':
        return position === 0 ? [] : 'real';
      case 'slice':
      case 'view':
      case 'resize':
        return isNumber(v.type) ? [] : 'real';
      case 'throw':
      case 'length':
        return [];
      case 'call':
        return defined([helpers.get(stmt.callee)?.params[position]?.value]);
      case 'for':
      case 'loop': {
        const k = stmt.kind === 'for' ? position - 2 : position; // after the bounds
        return defined([stmt.carried[k]?.param, stmt.results[k]]);
      }
      default:
        return 'real';
    }
  };
  const isPassive = (start: Value): boolean => {
    const reached = new Set([start]);
    const compared: Value[] = [];
    let isKey = false;
    for (const v of reached) {
      for (const { stmt, ...use } of uses.get(v) ?? []) {
        const next = leadsTo(v, { stmt, ...use });
        if (next === 'real') return false;
        if (next !== 'compared') next.forEach((follower) => reached.add(follower));
        else if (stmt !== 'yield' && stmt.kind === 'let') compared.push(stmt.target);
        isKey ||= isPutIn(stmt);
      }
    }
    // Arrays of indices may have a tangent: it changes nothing.
    return isNumber(start.type) ? isKey || compared.every((cond) => choosesIndex(cond, reached)) : isKey;
  };
  /** Whether a condition only chooses which index is meant, as `slice` counts from the end or from the start. */
  const choosesIndex = (cond: Value, reached: ReadonlySet<Value>): boolean =>
    (uses.get(cond) ?? []).every(
      ({ stmt }) =>
        stmt !== 'yield' &&
        stmt.kind === 'if' &&
        stmt.results.length > 0 &&
        stmt.results.every((result) => reached.has(result)) &&
        blocks(stmt).every(({ stmts }) => stmts.every(({ kind }) => kind === 'let' || kind === 'length')),
    );
  const used = (v: Value) => (uses.get(v) ?? []).length > 0;
  /** Whether a condition decides on going round a loop, or on a throw. */
  const isExit = (cond: Value): boolean =>
    exits.has(cond) ||
    (uses.get(cond) ?? []).some(
      ({ stmt }) =>
        stmt !== 'yield' &&
        stmt.kind === 'let' &&
        (stmt.op === 'and' || stmt.op === 'or' || stmt.op === 'not') &&
        isExit(stmt.target),
    );

  /** Whether it is asked to be a whole number: then its comparisons ask whether it is an index. */
  const isTestedWhole = (v: Value): boolean =>
    (uses.get(v) ?? []).some(({ stmt }) => stmt !== 'yield' && stmt.kind === 'let' && stmt.op === 'isInteger');

  const passive = new Set<Value>();
  for (const { value } of fn.params) {
    if ((isNumber(value.type) || isNumbers(value.type)) && used(value) && isPassive(value)) passive.add(value);
  }
  return passive;
}
