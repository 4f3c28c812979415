/**
 * Random well-formed IR functions: arithmetic with special values, arrays that are read, written, grown and shared,
 * branches and loops. Decisions come from a tape of numbers, so that fast-check shrinks programs by shrinking tapes.
 */

import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { arrayOf, bool, Builder, constant, field, no, num, value, yes, zero } from '../../src/ir/build.js';
import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import { printFn } from '../../src/ir/print.js';
import type { Atom, Fn, Op, RecordType, Type, Value } from '../../src/ir/types.js';
import type { Pass } from '../../src/optimise/pass.js';
import { runPass } from '../../src/optimise/passes.js';

const list = arrayOf(num);
const f64 = arrayOf(num, 'f64');
const f32 = arrayOf(num, 'f32');
const pairType = arrayOf(num, 'list', 2);
const record: RecordType = {
  kind: 'record',
  fields: [
    { name: 'p', type: num },
    { name: 'row', type: f64 },
  ],
};
const rows = arrayOf(f64, 'list', 2);

interface Scope {
  nums: Atom[];
  bools: Atom[];
  indices: Atom[];
  lengths: Atom[];
  /** Arrays of numbers; `writable` ones were made here. */
  arrays: Value[];
  writable: Value[];
  records: Value[];
  matrices: Value[];
}

const copyOf = (scope: Scope): Scope => ({
  nums: [...scope.nums],
  bools: [...scope.bools],
  indices: [...scope.indices],
  lengths: [...scope.lengths],
  arrays: [...scope.arrays],
  writable: [...scope.writable],
  records: [...scope.records],
  matrices: [...scope.matrices],
});

const unary: Op[] = ['neg', 'neg', 'neg', 'abs', 'floor', 'ceil', 'round', 'trunc', 'sin', 'exp', 'sqrt', 'sign'];
const binary: Op[] = ['add', 'sub', 'mul', 'div', 'add', 'sub', 'mul', 'div', 'rem', 'max', 'min', 'pow'];
const comparisons: Op[] = ['lt', 'le', 'gt', 'ge', 'eq', 'ne'];
const constants = [0, -0, 1, -1, 2, -2, 0.5, 3, -0.1, NaN, Infinity].map(constant);

class Generator {
  private at = 0;
  private budget: number;
  /** A list that intermediate results are pushed to, so that they count as results. */
  private readonly log = value(list, 'log');

  constructor(private readonly tape: readonly number[]) {
    this.budget = 60;
  }

  function(): Fn {
    const [x, y, n] = [value(num, 'x'), value(num, 'y'), value(num, 'n')];
    const [a, b, c] = [value(f64, 'a'), value(list, 'b'), value(record, 'c')];
    const builder = new Builder();
    const scope: Scope = {
      nums: [x, y],
      bools: [yes, no, builder.op('lt', [x, y]), builder.op('ge', [y, zero]), builder.op('eq', [n, constant(2)])],
      indices: [zero, constant(1), constant(2)],
      lengths: [constant(1), constant(0), constant(3), constant(2), n],
      arrays: [a, b],
      writable: [],
      records: [c],
      matrices: [],
    };
    builder.push({ kind: 'make', target: this.log, parts: [], origin: undefined });
    this.statements(builder, scope);
    const seen = [this.log, ...scope.writable.slice(-8)];
    const type: RecordType = {
      kind: 'record',
      fields: [
        ...scope.nums.slice(-6).map((_, k) => ({ name: `n${k}`, type: num })),
        ...seen.map((v, k) => ({ name: `a${k}`, type: v.type })),
      ],
    };
    const result = builder.make(type, [...scope.nums.slice(-6), ...seen]);
    const params = [x, y, n, a, b, c].map((v) => ({ value: v, active: true }));
    return { name: 'f', params, result: type, body: { stmts: builder.stmts, yields: [result] }, origin: undefined };
  }

  private next(limit: number): number {
    const drawn = this.tape[this.at++] ?? 0;
    return drawn % limit;
  }

  private pick<T>(items: readonly T[]): T {
    // Late ones more often: what was just computed is used next.
    const k = this.next(3) === 0 ? this.next(items.length) : items.length - 1 - this.next(Math.min(4, items.length));
    return items[k] as T; // in range by construction
  }

  /** A new number, which half of the time is looked at. */
  private found(b: Builder, scope: Scope, number: Atom): void {
    scope.nums.push(number);
    if (this.next(2) === 0) b.push({ kind: 'push', object: this.log, value: number, origin: undefined });
  }

  private num(scope: Scope): Atom {
    return this.next(4) === 0 ? (constants[this.next(constants.length)] ?? zero) : this.pick(scope.nums);
  }

  private index(b: Builder, scope: Scope): Atom {
    const base = this.pick(scope.indices);
    switch (this.next(6)) {
      case 0:
        return b.op('add', [base, constant(1)]);
      case 1:
        return b.op('sub', [base, constant(1)]);
      default:
        return base;
    }
  }

  private statements(b: Builder, scope: Scope): void {
    const count = 3 + this.next(12);
    for (let k = 0; k < count && this.at < this.tape.length && this.budget > 0; k++) {
      this.budget -= 1;
      this.statement(b, scope);
    }
  }

  private statement(b: Builder, scope: Scope): void {
    switch (this.next(24)) {
      case 0:
        return this.found(b, scope, b.op(this.pick(unary), [this.num(scope)]));
      case 1: {
        // Operands that almost do nothing.
        const number = this.num(scope);
        const unit = this.pick([0, -0, 1, -1].map(constant));
        const op = this.pick(['add', 'sub', 'mul', 'div'] as const);
        return this.found(b, scope, b.op(op, this.next(2) ? [number, unit] : [unit, number]));
      }
      case 2:
      case 3:
        return this.found(b, scope, b.op(this.pick(binary), [this.num(scope), this.num(scope)]));
      case 4:
        scope.bools.push(b.op(this.pick(comparisons), [this.num(scope), this.num(scope)]));
        return;
      case 5: {
        const cond = this.pick(scope.bools);
        const op = this.next(3);
        if (op === 0) scope.bools.push(b.op('not', [cond]));
        else if (op === 1) scope.bools.push(b.op(this.next(2) ? 'and' : 'or', [cond, this.pick(scope.bools)]));
        else scope.nums.push(b.op('select', [cond, this.num(scope), this.num(scope)]));
        return;
      }
      case 6: {
        // One place, twice, with something between.
        const [object, key] = [this.pick(scope.arrays), this.index(b, scope)];
        this.found(b, scope, b.load(object, key));
        this.statement(b, scope);
        return this.found(b, scope, b.load(object, key));
      }
      case 7:
      case 8:
        return this.found(b, scope, b.load(this.pick(scope.arrays), this.index(b, scope)));
      case 9:
      case 10:
      case 11:
        if (scope.writable.length === 0) return this.array(b, scope);
        b.store(this.pick(scope.writable), this.index(b, scope), this.num(scope), this.next(2) === 0);
        if (this.next(3) === 0) this.found(b, scope, b.load(this.pick(scope.writable), this.index(b, scope)));
        return;
      case 12:
        scope.lengths.push(b.length(this.pick(scope.arrays)));
        return this.found(b, scope, scope.lengths.at(-1) ?? zero);
      case 13:
        return this.array(b, scope);
      case 14: {
        const lists = scope.writable.filter(
          ({ type }) => type.kind === 'array' && type.storage === 'list' && type.fixed === undefined,
        );
        if (lists.length === 0) return;
        const object = this.pick(lists);
        const kind = this.next(3);
        if (kind === 0) b.push({ kind: 'push', object, value: this.num(scope), origin: undefined });
        else if (kind === 1) {
          const target = value(num);
          b.push({ kind: 'pop', target, object, origin: undefined });
          this.found(b, scope, target);
        } else {
          const length = b.op('min', [b.length(object), constant(this.next(3))]);
          b.push({ kind: 'resize', object, length, origin: undefined });
        }
        return;
      }
      case 15: {
        const object = this.pick(scope.records);
        if (this.next(2) === 0) this.found(b, scope, b.load(object, field('p')));
        else {
          scope.arrays.push(b.load(object, field('row')));
        }
        return;
      }
      case 16: {
        const typed = scope.writable.filter(({ type }) => type.kind === 'array' && type.storage === 'f64');
        if (typed.length < 2) return this.array(b, scope);
        if (scope.matrices.length === 0 || this.next(3) === 0) {
          scope.matrices.push(b.make(rows, [this.pick(typed), this.pick(typed)]));
          return;
        }
        const matrix = this.pick(scope.matrices);
        if (this.next(3) === 0) b.store(matrix, constant(this.next(2)), this.pick(typed));
        else {
          const row = b.load(matrix, constant(this.next(2)));
          scope.arrays.push(row);
          scope.writable.push(row);
        }
        return;
      }
      case 17:
      case 18:
        return this.if(b, scope);
      case 19:
      case 20:
        return this.for(b, scope);
      case 21:
      case 22:
        return this.sweep(b, scope);
      default:
        return this.loop(b, scope);
    }
  }

  private array(b: Builder, scope: Scope): void {
    const made = this.newArray(b, scope);
    scope.arrays.push(made);
    scope.writable.push(made);
  }

  private newArray(b: Builder, scope: Scope): Value {
    switch (this.next(6)) {
      case 0:
        return b.alloc(list, this.pick(scope.lengths), zero);
      case 1:
      case 2:
        return b.alloc(this.next(3) === 0 ? f32 : f64, this.pick(scope.lengths), zero);
      case 3: {
        const from = this.pick(scope.arrays);
        const type: Type = from.type;
        if (type.kind === 'array' && type.fixed !== undefined)
          return b.make(pairType, [this.num(scope), this.num(scope)]);
        return b.slice(from, zero, b.length(from));
      }
      case 4: {
        const typed = scope.writable.filter(({ type }) => type.kind === 'array' && type.storage !== 'list');
        if (typed.length === 0) return b.make(pairType, [this.num(scope), this.num(scope)]);
        const object = this.pick(typed);
        const target = value(object.type);
        const length = b.length(object);
        b.push({
          kind: 'view',
          target,
          object,
          from: b.op('min', [length, constant(1)]),
          to: length,
          origin: undefined,
        });
        return target;
      }
      default:
        return b.make(pairType, [this.num(scope), this.num(scope)]);
    }
  }

  private if(b: Builder, scope: Scope): void {
    const cond = this.pick(scope.bools);
    const same = this.pickPair(scope);
    const flag = this.next(3) === 0;
    const arm = (truth: boolean) => (inner: Builder) => {
      const own = copyOf(scope);
      this.statements(inner, own);
      const array = same && this.pick(own.arrays.filter(({ type }) => type === same.type));
      return [this.pick(own.nums), flag ? constant(truth) : this.pick(own.bools), ...(array ? [array] : [])];
    };
    const results = [{ type: num }, { type: bool }, ...(same ? [{ type: same.type }] : [])];
    const [v, c, array] = b.if(cond, arm(true), arm(false), results);
    if (v) scope.nums.push(v);
    if (c) scope.bools.push(c);
    if (array) scope.arrays.push(array);
    if (
      array &&
      this.next(2) === 0 &&
      scope.arrays.every((a) => a === array || a.type !== array.type || scope.writable.includes(a))
    ) {
      scope.writable.push(array);
    }
  }

  /** An array whose type is shared by another: a choice between them makes an alias. */
  private pickPair(scope: Scope): Value | undefined {
    return this.next(2) === 0 ? this.pick(scope.arrays) : undefined;
  }

  private for(b: Builder, scope: Scope): void {
    const down = this.next(3) === 0;
    const bound = this.pick(scope.lengths);
    const strict = this.next(3) > 0;
    const bounds = down
      ? {
          from: b.op('sub', [bound, constant(1)]),
          to: constant(this.next(2)),
          compare: strict ? ('>=' as const) : ('>' as const),
          step: -1,
        }
      : { from: constant(this.next(3)), to: bound, compare: strict ? ('<' as const) : ('<=' as const), step: 1 };
    const array = this.next(4) === 0 && scope.writable.length > 0 ? this.pick(scope.writable) : undefined;
    const inits = [
      { init: this.num(scope) },
      { init: this.pick(scope.nums) },
      ...(array ? [{ init: array, type: array.type }] : []),
    ];
    const results = b.for(bounds, inits, (inner, index, params) => {
      const own = copyOf(scope);
      own.indices.push(index);
      own.nums.push(index, ...params.slice(0, 2));
      const carried = params[2];
      if (carried) {
        own.arrays.push(carried);
        own.writable.push(carried);
      }
      this.statements(inner, own);
      const next = array ? this.pick(own.writable.filter(({ type }) => type === array.type)) : undefined;
      return [
        this.pick(own.nums),
        this.next(3) === 0 ? (params[1] ?? zero) : this.pick(own.nums),
        ...(next ? [next] : []),
      ];
    });
    scope.nums.push(...results.slice(0, 2));
    const last = results[2];
    if (last) {
      scope.arrays.push(last);
      scope.writable.push(last);
    }
  }

  /** A loop over a new array, elements near the index read, stored and added to: what reverse sweeps look like. */
  private sweep(b: Builder, scope: Scope): void {
    const length = this.pick(scope.lengths);
    const array = b.alloc(this.pick([list, f64, f64, f32]), length, zero);
    if (this.next(4) === 0) b.store(array, this.index(b, scope), this.num(scope), this.next(2) === 0);
    const down = this.next(2) === 0;
    const bounds = down
      ? {
          from: b.op('sub', [length, constant(1)]),
          to: constant(this.next(5) === 0 ? 1 : 0),
          compare: '>=' as const,
          step: -1,
        }
      : { from: constant(this.next(5) === 0 ? 1 : 0), to: length, compare: '<' as const, step: 1 };
    const [sum] = b.for(bounds, [{ init: zero }], (inner, index, [param = zero]) => {
      const own = copyOf(scope);
      own.nums.push(param, index);
      const count = 1 + this.next(4);
      for (let k = 0; k < count; k++) {
        const offset = Math.max(0, this.next(6) - 3);
        const key = offset === 0 ? index : inner.op(this.next(2) ? 'add' : 'sub', [index, constant(offset)]);
        const kind = this.next(8);
        if (kind < 3) this.found(inner, own, inner.load(array, key));
        else if (kind < 6) inner.store(array, key, this.next(3) === 0 ? zero : this.num(own), this.next(2) === 0);
        else if (kind === 6) this.statements(inner, own);
        else {
          inner.if(
            this.pick(own.bools),
            (then) => {
              then.store(array, key, this.num(own), this.next(2) === 0);
              return [];
            },
            () => [],
          );
        }
      }
      return [inner.op('add', [param, this.pick(own.nums)])];
    });
    scope.nums.push(sum ?? zero);
    if (this.next(3) === 0) {
      scope.arrays.push(array);
      scope.writable.push(array);
    }
  }

  /** A `while` that counts to three at most. */
  private loop(b: Builder, scope: Scope): void {
    const [k, s] = [value(num, 'k'), value(num, 's')];
    const inner = new Builder();
    const own = copyOf(scope);
    own.nums.push(k, s);
    own.indices.push(k);
    this.statements(inner, own);
    const cond = inner.op('and', [inner.op('lt', [k, constant(2)]), this.pick(own.bools)]);
    const [again, k2, s2] = inner.if(
      cond,
      (then) => {
        const deep = copyOf(own);
        this.statements(then, deep);
        return [yes, then.op('add', [k, constant(1)]), this.pick(deep.nums)];
      },
      () => [no, k, s],
      [{ type: bool }, { type: num }, { type: num }],
    );
    const results = [value(num), value(num)];
    b.push({
      kind: 'loop',
      carried: [
        { param: k, init: zero },
        { param: s, init: this.num(scope) },
      ],
      body: { stmts: inner.stmts, yields: [again ?? no, k2 ?? k, s2 ?? s] },
      results,
      origin: undefined,
    });
    scope.nums.push(...results);
  }
}

// Unbiased: fast-check prefers small numbers, which would make for the same few decisions over and over.
export const programs: fc.Arbitrary<Fn> = fc
  .noBias(fc.array(fc.nat({ max: 9999 }), { minLength: 100, maxLength: 500, size: 'max' }))
  .map((tape) => new Generator(tape).function());

const special = fc.oneof(fc.constantFrom(0, -0, NaN, Infinity, 1, -1, 2, 0.1), fc.double({ min: -10, max: 10 }));

export const inputs: fc.Arbitrary<unknown[]> = fc
  .tuple(
    special,
    special,
    fc.nat({ max: 3 }),
    fc.array(special, { maxLength: 4 }),
    fc.array(special, { maxLength: 4 }),
    special,
  )
  .map(([x, y, n, a, b, p]) => [x, y, n, Float64Array.from(a), b, { p, row: Float64Array.from(a) }]);

/** What a function does: its result, or the error it throws. `undefined` and NaN, 0 and −0 are told apart. */
export function outcome(fn: Fn, args: readonly unknown[]): unknown {
  try {
    return shown(evaluate(fn, structuredClone(args) as unknown[], { steps: 4000 }));
  } catch (error) {
    return String(error);
  }
}

function shown(v: unknown): unknown {
  if (typeof v === 'number') return Object.is(v, -0) ? '-0' : String(v);
  if (v === undefined) return 'undefined';
  if (ArrayBuffer.isView(v)) return [v.constructor.name, ...Array.from(v as Float64Array, shown)];
  if (Array.isArray(v)) return Array.from(v, shown);
  if (typeof v === 'object' && v !== null) return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, shown(w)]));
  return v;
}

const tooLong = 'Error: evaluate: out of steps';
const show = (v: unknown): string => JSON.stringify(v);

/** Asserts that the passes, run one after the other (twice over), change no outcome, and keep the IR well formed. */
export function preserves(list: readonly Pass[], runs = 150): void {
  let changed = 0;
  fc.assert(
    fc.property(programs, fc.array(inputs, { minLength: 3, maxLength: 3 }), (before, many) => {
      check(before);
      let after = before;
      for (const pass of [...list, ...list]) {
        const next = runPass(pass, after);
        try {
          if (next !== after) check(next);
        } catch (error) {
          throw new Error(`${pass.name} broke the IR:\n${printFn(after)}`, { cause: error });
        }
        after = next;
      }
      if (after !== before) changed += 1;
      for (const args of many) {
        const [expected, found] = [outcome(before, args), outcome(after, args)];
        if (expected === tooLong || isDeepStrictEqual(found, expected)) continue;
        throw new Error(`${show(found)} instead of ${show(expected)}:\n${printFn(before)}\n→\n${printFn(after)}`);
      }
    }),
    { numRuns: runs * Number(process.env['RUNS_FACTOR'] ?? 1) },
  );
  // A generator that never gives a pass anything to do proves nothing.
  expect(changed).toBeGreaterThan(0);
}
