/**
 * Random functions of the IR, read off a list of numbers so that fast-check can shrink them. They lean on what is
 * hard to print: several carried values and results that permute, arms that yield values from around them, loops left
 * from several places, stores between a load and its use, objects in objects.
 */

import { arrayOf, bool, Builder, constant, field, no, num, typeOf, value, zero } from '../../src/ir/build.js';
import type { Atom, BinaryOp, Block, Carried, Fn, RecordType, Type, Value } from '../../src/ir/types.js';

const f64 = arrayOf(num, 'f64');
const list = arrayOf(num, 'list');
const flags = arrayOf(bool, 'u8');
const pair: Type = arrayOf(num, 'list', 2);
const rows = arrayOf(f64, 'list');
const point: RecordType = {
  kind: 'record',
  fields: [
    { name: 'p', type: num },
    { name: 'q', type: num },
  ],
};
const types: readonly Type[] = [num, num, num, bool, f64, list, pair, point];

export const size = 4; // of every array that may be indexed
const names = ['s', 't', 'x', 'u', undefined, undefined, undefined, undefined];

/** What is in scope, innermost last. */
interface Env {
  readonly values: readonly Value[];
  readonly depth: number;
}

export function randomFn(tape: readonly number[], withRecord: boolean): Fn {
  let position = 0;
  const draw = (n: number): number => {
    const drawn = tape[position] ?? 0;
    position += 1;
    return drawn % n;
  };
  const done = () => position >= tape.length;
  const name = () => names[draw(names.length)];
  const named = (type: Type): Value => value(type, name());

  const same = (a: Type, b: Type) => a === b || (a.kind === b.kind && a.kind !== 'array' && a.kind !== 'record');
  const pick = (env: Env, type: Type, b: Builder): Atom => {
    const found = env.values.filter((v) => same(v.type, type));
    const latest = found.length > 4 && draw(2) === 0 ? found.slice(-4) : found;
    const chosen =
      latest[draw(latest.length + (type.kind === 'num' || (type.kind === 'bool' && found.length === 0) ? 1 : 0))];
    if (chosen !== undefined) return chosen;
    switch (type.kind) {
      case 'num':
        return constant([0, 1, -1.5, 2, 0.1, -0][draw(6)] ?? 0);
      case 'bool':
        return b.op('lt', [pick(env, num, b), pick(env, num, b)]);
      default:
        return fresh(type, env, b);
    }
  };
  const fresh = (type: Type, env: Env, b: Builder): Value => {
    if (type === point) return b.make(point, [pick(env, num, b), pick(env, num, b)], name());
    if (type === pair) return b.make(pair, [pick(env, num, b), pick(env, num, b)], name());
    if (type === f64 || type === list) {
      const filled = b.alloc(type as typeof f64, constant(size), draw(3) === 0 ? pick(env, num, b) : zero, name());
      return filled;
    }
    throw new Error('no fresh value');
  };
  const index = (env: Env, type: Type): Atom => {
    const n = type === pair ? 2 : size;
    const loops = env.values.filter((v) => v.name === 'index');
    const chosen = loops[draw(loops.length + 1)];
    return chosen !== undefined && n === size ? chosen : constant(draw(n));
  };

  const ops: readonly BinaryOp[] = ['add', 'sub', 'mul', 'add', 'sub', 'mul', 'div', 'rem', 'pow', 'atan2'];
  const step = (env: Env, b: Builder): readonly Value[] => {
    const kind = draw(env.depth >= 3 ? 13 : 22);
    switch (kind) {
      case 0:
      case 1:
      case 2:
      case 3:
        return [b.op(ops[draw(ops.length)] ?? 'add', [pick(env, num, b), pick(env, num, b)], name())];
      case 4: {
        const unary = (['neg', 'neg', 'sin', 'abs', 'floor'] as const)[draw(5)] ?? 'neg';
        return [b.op(unary, [pick(env, num, b)], name())];
      }
      case 5: {
        const test = (['lt', 'ge', 'eq', 'ne'] as const)[draw(4)] ?? 'lt';
        return [b.op(test, [pick(env, num, b), pick(env, num, b)], name())];
      }
      case 6: {
        const join = (['and', 'or', 'not'] as const)[draw(3)] ?? 'and';
        return [b.op(join, join === 'not' ? [pick(env, bool, b)] : [pick(env, bool, b), pick(env, bool, b)], name())];
      }
      case 7: {
        const type = [f64, list, pair, point][draw(4)] ?? f64;
        const object = pick(env, type, b);
        return [b.load(object, type === point ? field(draw(2) === 0 ? 'p' : 'q') : index(env, type), name())];
      }
      case 8: {
        const type = [f64, list, pair, point][draw(4)] ?? f64;
        const own = env.values.filter((v) => v.type === type && !params.includes(v));
        const object = own[draw(Math.max(own.length, 1))] ?? fresh(type, env, b);
        const key = type === point ? field(draw(2) === 0 ? 'p' : 'q') : index(env, type);
        b.store(object, key, pick(env, num, b), draw(3) === 0);
        return [object];
      }
      case 9:
        return [b.op('select', [pick(env, bool, b), pick(env, num, b), pick(env, num, b)], name())];
      case 10: {
        const type = [f64, list][draw(2)] ?? f64;
        return [b.slice(pick(env, type, b), zero, constant(size), name())];
      }
      case 11: {
        const kept = b.alloc(flags, constant(2), no, name());
        b.store(kept, constant(1), pick(env, bool, b));
        return [b.load(kept, constant(draw(2)), name())];
      }
      case 12: {
        const stack = b.make(list, [pick(env, num, b)], name());
        b.push({ kind: 'push', object: stack, value: pick(env, num, b), origin: undefined });
        const target = value(num, name());
        const n = b.length(stack) as Value;
        b.push({ kind: 'pop', target, object: stack, origin: undefined });
        return [target, n];
      }
      case 13:
      case 14:
      case 15:
      case 16:
        return branch(env, b);
      case 17: {
        const table = b.make(rows, [pick(env, f64, b), fresh(f64, env, b)], name());
        b.store(b.load(table, constant(1)), constant(0), pick(env, num, b));
        return [b.load(table, constant(draw(2)), name())];
      }
      case 18:
      case 19:
        return counted(env, b);
      default:
        return endless(env, b);
    }
  };

  const block = (env: Env, results: readonly Type[]): Block & { env: Env } => {
    const b = new Builder();
    let inner: Env = { ...env, depth: env.depth + 1 };
    for (let n = draw(4); n > 0 && !done(); n--) inner = { ...inner, values: [...inner.values, ...step(inner, b)] };
    const yields = results.map((type) => pick(inner, type, b));
    return { stmts: b.stmts, yields, env: inner };
  };

  const branch = (env: Env, b: Builder): readonly Value[] => {
    const results = Array.from({ length: draw(4) }, () => named(types[draw(types.length)] ?? num));
    const cond = pick(env, bool, b);
    const of = results.map(({ type }) => type);
    const [then, otherwise] = [block(env, of), block(env, of)];
    if (draw(12) === 0) {
      const alarm = new Builder();
      alarm.push({
        kind: 'throw',
        error: 'RangeError',
        message: [constant('bad '), pick(env, num, alarm)],
        origin: undefined,
      });
      b.push({
        kind: 'if',
        cond: pick(env, bool, b),
        then: { stmts: alarm.stmts, yields: of.map(() => zero) },
        else: otherwise,
        results,
        origin: undefined,
      });
      return results;
    }
    b.push({ kind: 'if', cond, then, else: otherwise, results, origin: undefined });
    return results;
  };

  const carriedOf = (env: Env, b: Builder): Carried[] =>
    Array.from({ length: draw(4) }, () => {
      const init = pick(env, types[draw(types.length)] ?? num, b);
      return { param: named(typeOf(init)), init };
    });

  const counted = (env: Env, b: Builder): readonly Value[] => {
    const carried = carriedOf(env, b);
    const index = value(num, 'index');
    const down = draw(3) === 0;
    const params = carried.map(({ param }) => param);
    const body = block(
      { ...env, values: [...env.values, index, ...params] },
      params.map(({ type }) => type),
    );
    const { stmts, yields } = advance(params, body);
    const results = params.map(({ type }) => named(type));
    const bounds = down
      ? ({ from: constant(draw(size)), to: zero, compare: '>=', step: -1 } as const)
      : ({ from: zero, to: constant(draw(size + 1)), compare: '<', step: 1 + draw(2) } as const);
    b.push({ kind: 'for', index, ...bounds, carried, body: { stmts, yields }, results, origin: undefined });
    return results;
  };

  /** Explicit and half-implicit Euler steps, rotations: what makes parameters overlap their successors. */
  const advance = (params: readonly Value[], { stmts, yields }: Block): Block => {
    const b = new Builder();
    const known = params.filter(({ type }) => type.kind === 'num');
    const next: Value[] = [];
    const any = (list: readonly Value[]) => list[draw(Math.max(list.length, 1))] ?? zero;
    const changed = yields.map((old, k) => {
      if (params[k]?.type.kind !== 'num' || draw(3) === 0) return old;
      const mixed = b.op(
        ops[draw(3)] ?? 'add',
        [draw(2) === 0 ? (params[k] ?? zero) : any(known), any([...known, ...next])],
        draw(4) === 0 ? name() : undefined,
      );
      next.push(mixed);
      return mixed;
    });
    return { stmts: [...stmts, ...b.stmts], yields: changed };
  };

  /** A loop that counts, and is left at the count or before. */
  const endless = (env: Env, b: Builder): readonly Value[] => {
    const counter = named(num);
    const carried: Carried[] = [{ param: counter, init: zero }, ...carriedOf(env, b)];
    const params = carried.map(({ param }) => param);
    const of = params.slice(1).map(({ type }) => type);
    const limit = constant(1 + draw(3));
    const inner: Env = { values: [...env.values, ...params], depth: env.depth + 1 };
    const turn = (around: Env, fuel: number): Block => {
      const body = new Builder();
      let here = around;
      for (let n = draw(3); n > 0 && !done(); n--) here = { ...here, values: [...here.values, ...step(here, body)] };
      const next = body.op('add', [counter, constant(1)], draw(2) === 0 ? name() : undefined);
      const rest = () => {
        const picked = of.map((type) => pick(here, type, body));
        const { stmts, yields } = advance(params.slice(1), { stmts: [], yields: picked });
        stmts.forEach((stmt) => body.push(stmt));
        return yields;
      };
      const way = fuel === 0 ? 0 : draw(4);
      if (way === 0) return { stmts: body.stmts, yields: [body.op('lt', [next, limit]), next, ...rest()] };
      if (way === 1) return { stmts: body.stmts, yields: [no, draw(2) === 0 ? next : counter, ...rest()] };
      const results = [value(bool), ...params.map(({ type }) => named(type))];
      const cond = way === 2 ? body.op('lt', [counter, limit]) : pick(here, bool, body);
      const exit: Block = { stmts: [], yields: [no, ...(draw(2) === 0 ? params : [next, ...rest()])] };
      const [then, otherwise] = [turn(here, fuel - 1), draw(3) === 0 ? turn(here, fuel - 1) : exit];
      const swapped = way === 3 && draw(2) === 0;
      body.push({
        kind: 'if',
        cond,
        then: swapped ? otherwise : then,
        else: swapped ? then : otherwise,
        results,
        origin: undefined,
      });
      return { stmts: body.stmts, yields: results };
    };
    const body = turn(inner, 3);
    const results = params.map(({ type }) => named(type));
    b.push({ kind: 'loop', carried, body, results, origin: undefined });
    return results;
  };

  const params = [value(num, 'x'), value(num, 'y'), value(f64, 'a'), value(list, 'b')];
  const b = new Builder();
  let env: Env = { values: params, depth: 0 };
  for (let n = 0; n < 12 && !done(); n++) env = { ...env, values: [...env.values, ...step(env, b)] };
  const scalars = env.values.filter((v) => v.type.kind === 'num').slice(-5);
  const own = (type: Type): Atom => {
    const found = env.values.filter((v) => v.type === type && !params.includes(v));
    return found[draw(Math.max(found.length, 1))] ?? fresh(type, env, b);
  };
  const matrix = (): Value => {
    const all = b.alloc(rows, constant(2), undefined, name());
    const source = own(f64);
    b.each(constant(2), (inner, i) => {
      const row =
        draw(2) === 0 ? inner.slice(source, constant(draw(2)), constant(size)) : inner.alloc(f64, constant(size), zero);
      inner.store(row, i, constant(7), true);
      inner.store(all, i, row);
    });
    return all;
  };
  const flag = pick(env, bool, b);
  let yielded: Atom;
  if (withRecord) {
    const inner: readonly [string, Atom][] = [
      ['v', own(f64)],
      ['w', own(draw(2) === 0 ? list : pair)],
      ['o', own(point)],
      ['rows', draw(2) === 0 ? matrix() : b.make(rows, [own(f64), own(f64)])],
    ];
    const parts: readonly [string, Atom][] = [
      ...scalars.map((v, k) => [`n${k}`, v] as [string, Atom]),
      ['flag', flag],
      ['inner', record(b, inner)],
    ];
    yielded = record(b, parts);
  } else {
    yielded = scalars.slice(1).reduce<Atom>((sum, v) => b.op('add', [sum, v]), scalars[0] ?? zero);
    const [chosen] = b.if(
      flag,
      () => [yielded],
      (other) => [other.op('mul', [yielded, constant(2)])],
      [{ type: num }],
    );
    yielded = chosen ?? zero;
  }
  return {
    name: 'f',
    params: params.map((v) => ({ value: v, active: true })),
    result: typeOf(yielded),
    body: { stmts: b.stmts, yields: [yielded] },
    origin: undefined,
  };
}

function record(b: Builder, parts: readonly (readonly [string, Atom])[]): Value {
  const fields = parts.map(([name, atom]) => ({ name, type: typeOf(atom) }));
  return b.make(
    { kind: 'record', fields },
    parts.map(([, atom]) => atom),
  );
}
