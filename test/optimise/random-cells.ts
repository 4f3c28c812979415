/**
 * Random functions of the IR as the frontend would write them: cells, branches, loops, arrays, records, aliases.
 * They are read off a tape of numbers, so that fast-check can shrink them.
 */

import fc from 'fast-check';
import { absent, arrayOf, bool, Builder, constant, field, no, num, one, value, zero } from '../../src/ir/build.js';
import { evaluate } from '../../src/ir/evaluate.js';
import type { Atom, Cell, Fn, RecordType, Type, Value } from '../../src/ir/types.js';
import { branch, whileLoop } from './programs.js';

const point: RecordType = {
  kind: 'record',
  fields: [
    { name: 'x', type: num },
    { name: 'y', type: num },
  ],
};
const triple = arrayOf(num, 'list', 3);
const floats = arrayOf(num, 'f32', 3);
const nested: RecordType = {
  kind: 'record',
  fields: [
    { name: 'p', type: point },
    { name: 'v', type: triple },
    { name: 's', type: num },
  ],
};
const list = arrayOf(num);
const points = arrayOf(point);

const references = [point, triple, nested, floats, list, points] as const;
type Reference = (typeof references)[number];

class Scope {
  readonly values = new Map<Type, Atom[]>();
  readonly cells = new Map<Type, Cell[]>();
  constructor(readonly parent?: Scope) {}

  all<K extends 'values' | 'cells'>(kind: K, type: Type): (K extends 'values' ? Atom : Cell)[] {
    const own = (this[kind].get(type) ?? []) as (K extends 'values' ? Atom : Cell)[];
    return [...(this.parent?.all(kind, type) ?? []), ...own];
  }

  add(type: Type, atom: Atom): void {
    this.values.set(type, [...(this.values.get(type) ?? []), atom]);
  }
}

class Generator {
  private at = 0;
  private budget = 60;
  private counter = 0;
  constructor(
    private readonly tape: readonly number[],
    private readonly writesParams: boolean,
  ) {}

  private pick(n: number): number {
    const next = this.tape[this.at++] ?? 0;
    return next % n;
  }

  private one<T>(items: readonly T[]): T {
    return items[this.pick(items.length)]!;
  }

  private name(): string {
    return `v${this.counter++}`;
  }

  fn(): Fn {
    const params = [
      value(num, 'x'),
      value(num, 'y'),
      value(num, 'n'),
      value(list, 'xs'),
      value(point, 'p'),
      value(triple, 'v'),
    ];
    const scope = new Scope();
    for (const v of params) scope.add(v.type, v);
    const b = new Builder();
    const cells = [num, num, point, triple, bool].map((type, k): Cell => ({ name: `c${k}`, type }));
    cells.forEach((cell, k) => {
      b.cell(cell, k === 1 ? undefined : this.expr(b, scope, cell.type));
      // Assigned before it is read, as the language demands.
      if (k === 1) b.write(cell, one);
      scope.cells.set(cell.type, [...(scope.cells.get(cell.type) ?? []), cell]);
    });
    this.block(b, scope, 0);
    const parts = [num, num, point, triple, nested].map((type) => this.expr(b, scope, type));
    parts.push(b.read(cells[0]!), b.read(cells[1]!), b.read(cells[2]!), b.read(cells[3]!), b.read(cells[4]!));
    const result: RecordType = {
      kind: 'record',
      fields: parts.map((atom, k) => ({
        name: `r${k}`,
        type: atom.kind === 'value' ? atom.type : typeof atom.value === 'boolean' ? bool : num,
      })),
    };
    const out = b.make(result, parts);
    return {
      name: 'f',
      params: params.map((v) => ({ value: v, active: true })),
      result,
      body: { stmts: b.stmts, yields: [out] },
      origin: undefined,
    };
  }

  private block(b: Builder, scope: Scope, depth: number): void {
    const count = 1 + this.pick(6);
    for (let k = 0; k < count && this.budget > 0; k++) {
      this.budget -= 1;
      this.stmt(b, scope, depth);
    }
  }

  private fresh(b: Builder, scope: Scope, type: Reference): Value {
    if (type.kind === 'array' && type.storage === 'f32') {
      const v = b.alloc(type, constant(3), undefined, this.name());
      b.store(v, constant(this.pick(3)), this.expr(b, scope, num));
      return v;
    }
    if (type.kind === 'array' && type.elem.kind === 'num' && this.pick(4) === 0) {
      if (type.fixed === undefined) return b.alloc(type, constant(3), this.expr(b, scope, num), this.name());
      return b.slice(this.expr(b, scope, type), zero, constant(3), this.name());
    }
    const parts =
      type.kind === 'record'
        ? type.fields.map((f) => f.type)
        : Array.from({ length: type.fixed ?? this.pick(4) }, () => type.elem);
    return b.make(
      type,
      parts.map((part) => this.expr(b, scope, part)),
      this.name(),
    );
  }

  /** An atom of the type: something there, or something new. */
  private expr(b: Builder, scope: Scope, type: Type, depth = 0): Atom {
    const existing = scope.all('values', type);
    const cells = scope.all('cells', type);
    const choice = this.pick(4);
    if (choice === 0 && cells.length > 0) return b.read(this.one(cells));
    if (choice <= 1 && existing.length > 0) return this.one(existing);
    if (type.kind === 'bool') {
      return b.op(this.one(['lt', 'le', 'gt', 'ge', 'ne', 'eq'] as const), [
        this.expr(b, scope, num, 3),
        this.expr(b, scope, num, 3),
      ]);
    }
    if (type.kind === 'num') {
      if (depth > 2) return constant(this.one([0, -0, 1, 2, -1, 0.5]));
      switch (this.pick(6)) {
        case 0:
          return b.op(this.one(['add', 'sub', 'mul', 'div'] as const), [
            this.expr(b, scope, num, depth + 1),
            this.expr(b, scope, num, depth + 1),
          ]);
        case 1:
          return b.load(this.expr(b, scope, point, depth + 1), field(this.one(['x', 'y'])));
        case 2:
          return b.load(this.expr(b, scope, triple, depth + 1), constant(this.pick(3)));
        case 3: {
          const all = [...scope.all('values', nested), ...scope.all('values', floats)];
          if (all.length === 0) return constant(3);
          const object = this.one(all);
          return object.kind === 'value' && object.type.kind === 'record'
            ? b.load(object, field('s'))
            : b.load(object, constant(this.pick(3)));
        }
        case 4: {
          const all = [...scope.all('values', list), ...scope.all('values', points)];
          return b.length(this.one(all));
        }
        default:
          return constant(this.one([0, -0, 1, 2, -1, 0.5]));
      }
    }
    if (existing.length > 0 && depth > 1) return this.one(existing);
    const holders = scope.all('values', nested);
    if (holders.length > 0 && this.pick(2) === 0) {
      if (type === point) return b.load(this.one(holders), field('p'));
      if (type === triple) return b.load(this.one(holders), field('v'));
    }
    return this.fresh(b, scope, type as Reference);
  }

  private objects(scope: Scope, type: Type): Atom[] {
    const params = new Set(['xs', 'p', 'v']);
    const all = scope.all('values', type);
    return this.writesParams ? all : all.filter((a) => a.kind === 'value' && !params.has(a.name ?? ''));
  }

  private stmt(b: Builder, scope: Scope, depth: number): void {
    switch (this.pick(depth < 3 ? 22 : 11)) {
      case 0: {
        scope.add(num, this.expr(b, scope, num));
        return;
      }
      case 1:
      case 2: {
        const type = this.one(references);
        scope.add(type, this.pick(3) === 0 ? this.expr(b, scope, type) : this.fresh(b, scope, type));
        return;
      }
      case 3:
      case 4: {
        const type = this.one([num, num, point, triple, bool]);
        b.write(this.one(scope.all('cells', type)), this.expr(b, scope, type));
        return;
      }
      case 5: {
        const add = this.pick(2) === 0;
        const object = this.target(b, scope, point);
        if (object !== undefined) b.store(object, field(this.one(['x', 'y'])), this.expr(b, scope, num), add);
        return;
      }
      case 6: {
        const object = this.target(b, scope, this.one([triple, floats]));
        if (object !== undefined) b.store(object, constant(this.pick(3)), this.expr(b, scope, num), this.pick(2) === 0);
        return;
      }
      case 7: {
        const object = this.target(b, scope, nested);
        if (object === undefined) return;
        if (this.pick(2) === 0) b.store(object, field('p'), this.expr(b, scope, point));
        else b.store(object, field('v'), this.expr(b, scope, triple));
        return;
      }
      case 8: {
        const object = this.target(b, scope, list);
        if (object !== undefined) b.push({ kind: 'push', object, value: this.expr(b, scope, num), origin: undefined });
        return;
      }
      case 9: {
        const object = this.target(b, scope, points);
        if (object !== undefined)
          b.push({ kind: 'push', object, value: this.expr(b, scope, point), origin: undefined });
        return;
      }
      case 10: {
        const type = this.one([num, point, triple]);
        const cell: Cell = { name: this.name(), type };
        b.cell(cell, this.expr(b, scope, type));
        scope.cells.set(type, [...(scope.cells.get(type) ?? []), cell]);
        return;
      }
      case 11:
      case 12: {
        const cond = this.expr(b, scope, bool);
        b.if(
          cond,
          (t) => {
            this.block(t, new Scope(scope), depth + 1);
            return [];
          },
          (e) => {
            if (this.pick(2) === 0) this.block(e, new Scope(scope), depth + 1);
            return [];
          },
        );
        return;
      }
      case 13: {
        const [from, to] = [constant(this.pick(3)), this.pick(2) === 0 ? constant(this.pick(5)) : this.bound(scope)];
        b.for({ from, to, compare: '<', step: 1 + this.pick(2) }, [], (inner, index) => {
          const own = new Scope(scope);
          own.add(num, index);
          this.block(inner, own, depth + 1);
          return [];
        });
        return;
      }
      case 14:
        this.fill(b, scope);
        return;
      case 15:
        this.each(b, scope);
        return;
      case 16:
        this.states(b, scope, depth);
        return;
      case 17:
        this.search(b, scope, depth);
        return;
      case 18: {
        // The same question twice, with something in between.
        const cond = this.expr(b, scope, bool);
        for (const asked of [cond, this.pick(2) === 0 ? cond : b.op('not', [cond])]) {
          branch(
            b,
            asked,
            (t) => this.block(t, new Scope(scope), depth + 1),
            (e) => this.block(e, new Scope(scope), depth + 1),
          );
          if (this.pick(2) === 0) scope.add(num, this.expr(b, scope, num));
        }
        return;
      }
      default:
        this.while(b, scope, depth);
    }
  }

  /** A list that a loop fills by `push`, perhaps from what it has so far. */
  private fill(b: Builder, scope: Scope): void {
    const filled = b.make(
      list,
      Array.from({ length: this.pick(3) }, () => this.expr(b, scope, num)),
      this.name(),
    );
    const lists = scope.all('values', list);
    const from = constant(this.pick(2));
    const to = this.pick(3) === 0 ? this.bound(scope) : this.pick(2) === 0 ? constant(6) : b.length(this.one(lists));
    const before = this.pick(3);
    const distance = constant(this.pick(3));
    b.for({ from, to, compare: this.one(['<', '<='] as const), step: 1 }, [], (inner, index) => {
      const own = new Scope(scope);
      own.add(num, index);
      const last = () => {
        const at = inner.op('sub', [index, distance]);
        // Beyond the end there is `undefined`, which is no number.
        const there = inner.op('and', [inner.op('ge', [at, zero]), inner.op('lt', [at, inner.length(filled)])]);
        if (this.pick(4) > 0) return;
        inner.if(
          there,
          (t) => {
            t.write(this.one(scope.all('cells', num)), t.load(filled, at));
            return [];
          },
          () => [],
        );
      };
      if (before === 0) last();
      inner.push({ kind: 'push', object: filled, value: this.expr(inner, own, num), origin: undefined });
      if (before === 1) last();
      return [];
    });
    for (let k = this.pick(3); k > 0; k--)
      b.push({ kind: 'push', object: filled, value: this.expr(b, scope, num), origin: undefined });
    scope.add(list, filled);
  }

  /** A small array made element by element. */
  private each(b: Builder, scope: Scope): void {
    const made =
      this.pick(2) === 0
        ? b.alloc(arrayOf(num, this.one(['list', 'f64', 'f32'] as const), 5), constant(5), zero)
        : this.fresh(b, scope, triple);
    const length = made.type.kind === 'array' ? (made.type.fixed ?? 0) : 0;
    const down = this.pick(3) === 0;
    const [from, to] = down ? [constant(length - 1), zero] : [zero, constant(length)];
    b.for({ from, to, compare: down ? '>=' : '<', step: down ? -1 : 1 }, [], (inner, index) => {
      const own = new Scope(scope);
      own.add(num, index);
      if (this.pick(2) === 0) own.add(num, inner.load(made, index));
      inner.store(made, index, this.expr(inner, own, num), this.pick(2) === 0);
      return [];
    });
    if (length === 3) scope.add(triple, made);
    else scope.add(num, b.load(made, constant(this.pick(length))));
  }

  /** Something that a loop may find or not; looked at where it was found. */
  private search(b: Builder, scope: Scope, depth: number): void {
    const type = this.one([num, point, triple, bool]);
    const wide: Cell = { name: 'found', type: { kind: 'optional', of: type } };
    const bare: Cell = { name: 'last', type };
    b.cell(wide, this.pick(3) === 0 ? this.expr(b, scope, type) : absent);
    // Assigned by the time it is read only if something is found.
    b.cell(bare);
    const found = (c: Builder): void => {
      const it = this.expr(c, scope, type);
      c.write(wide, it);
      c.write(bare, it);
    };
    const index = () => {
      b.each(constant(this.pick(5)), (inner) => {
        branch(inner, this.expr(inner, scope, bool), found);
        if (this.pick(3) === 0) branch(inner, this.expr(inner, scope, bool), (t) => t.write(wide, absent));
      });
    };
    if (depth < 2 && this.pick(2) === 0) index();
    else branch(b, this.expr(b, scope, bool), found);
    const there = b.op('defined', [b.read(wide)]);
    branch(b, there, (t) => {
      const it = t.op('unwrap', [t.read(wide)]);
      const own = new Scope(scope);
      own.add(type, it);
      if (type === num || type === point || type === triple || type === bool)
        t.write(this.one(scope.all('cells', type)), it);
      if (this.pick(2) === 0) this.block(t, own, depth + 1);
    });
    if (this.pick(3) === 0) scope.add(bool, there);
  }

  /** The state of a simulation: a record or tuple that every step replaces, or changes. */
  private states(b: Builder, scope: Scope, depth: number): void {
    const type = this.one([point, triple, nested]);
    const state: Cell = { name: 'state', type };
    b.cell(state, this.expr(b, scope, type));
    const i: Cell = { name: 'i', type: num };
    b.cell(i, zero);
    const to = this.pick(2) === 0 ? this.bound(scope) : constant(this.pick(6));
    whileLoop(
      b,
      (c) => c.op('lt', [c.read(i), to]),
      (c) => {
        const own = new Scope(scope);
        own.add(type, c.read(state));
        if (this.pick(2) === 0) this.block(c, own, depth + 1);
        if (this.pick(3) > 0) c.write(state, this.pick(2) === 0 ? this.fresh(c, own, type) : this.expr(c, own, type));
        if (this.pick(2) === 0 && type === point && this.writesParams)
          c.store(c.read(state), field('x'), this.expr(c, own, num));
        c.write(i, c.op('add', [c.read(i), one]));
      },
    );
    scope.add(type, b.read(state));
  }

  private bound(scope: Scope): Atom {
    return scope.all('values', num).find((a) => a.kind === 'value' && a.name === 'n') ?? one;
  }

  /** Counts by a cell of its own; the other way to end is a cell that the body may write. */
  private while(b: Builder, scope: Scope, depth: number): void {
    const down = this.pick(3) === 0;
    const i: Cell = { name: 'i', type: num };
    const step = this.one([1, 1, 2]);
    const lists = scope.all('values', list);
    const to = this.pick(3);
    const from = constant(down ? 4 + this.pick(2) : this.pick(2));
    b.cell(i, from);
    const stops = this.pick(4) === 0;
    const stop: Cell = { name: 'stop', type: bool };
    if (stops) b.cell(stop, no);
    const pushes = this.pick(2) === 0;
    /** Counts within the test: `i-- > bound`, `++i < bound`. */
    const inTest = this.pick(4);
    whileLoop(
      b,
      (c) => {
        const old = c.read(i);
        if (inTest < 2) c.write(i, c.op(down ? 'sub' : 'add', [old, constant(step)]));
        const counting = () => (inTest === 0 ? old : c.read(i));
        // A list may be growing in the body: then its length is no bound.
        const bound = down
          ? constant(this.pick(2))
          : to === 0
            ? constant(4)
            : to === 1 || pushes
              ? this.bound(scope)
              : c.length(this.one(lists));
        const counts = down
          ? c.op(this.one(['gt', 'ge'] as const), [counting(), bound])
          : c.op('lt', [counting(), bound]);
        return stops ? c.op('and', [counts, c.op('not', [c.read(stop)])]) : counts;
      },
      (c) => {
        const own = new Scope(scope);
        own.add(num, c.read(i));
        const before = this.budget;
        if (!pushes) this.frozen(own);
        this.block(c, own, depth + 1);
        if (stops) c.write(stop, this.expr(c, own, bool));
        if (inTest >= 2) c.write(i, c.op(down ? 'sub' : 'add', [c.read(i), constant(step)]));
        this.budget = Math.min(this.budget, before - 1);
      },
    );
    if (this.pick(2) === 0) scope.add(num, b.read(i));
  }

  private readonly locked = new Set<Atom>();

  /** Lists around are not pushed to in there, lest the loop never end. */
  private frozen(scope: Scope): void {
    for (const atom of scope.all('values', list)) this.locked.add(atom);
  }

  private target(b: Builder, scope: Scope, type: Type): Atom | undefined {
    const cells = scope.all('cells', type);
    if (cells.length > 0 && this.pick(3) === 0 && this.writesParams) return b.read(this.one(cells));
    const all = this.objects(scope, type).filter((atom) => !this.locked.has(atom));
    return all.length === 0 ? undefined : this.one(all);
  }
}

/** A random function; the first number of the tape says whether it may write into its parameters. */
export const randomFn = ([first = 0, ...tape]: readonly number[]): Fn => new Generator(tape, first % 2 === 1).fn();

export const randomTape = fc.array(fc.nat({ max: 10_000 }), { minLength: 30, maxLength: 400, size: 'max' });

export const inputs: readonly (readonly unknown[])[] = [
  [0.7, -1.5, 3, [1, 2.5, -3], { x: 0.25, y: -0 }, [3, -1, 0.125]],
  [-0, 2, 0, [], { x: 1, y: 2 }, [0, 0, 1]],
  [1.25, 0, 2.5, [4], { x: -1, y: 0.5 }, [1, 2, 3]],
];

/** Result and parameters afterwards, or the error; fresh copies of the arguments each time. */
export function outcome(fn: Fn, args: readonly unknown[]): unknown {
  const copy = structuredClone(args);
  try {
    return { result: evaluate(fn, copy, { steps: 20_000 }), args: copy };
  } catch (error) {
    return { error: String(error) };
  }
}
