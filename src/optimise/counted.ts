/**
 * Loops that count become `for`.
 *
 *     i, s = loop carry i = 0, s = 0         n = length xs
 *       n = length xs                        s = for i = 0; i < n; i += 1 carry s = 0
 *       c = lt i n                     →       B
 *       again, i, s = if c                     yield t
 *         B
 *         yield true, j, t        // j = i + 1
 *       else
 *         yield false, i, s
 *       yield again, i, s
 *
 * What is computed before the test moves to the start of the body; what of it the code after the loop needs is computed
 * once more there. The bound must not change while the loop runs: then it is computed in front of the loop. The initial
 * value must be a whole number, the step a whole constant that leads towards the bound.
 */

import { constant, isConst, num, value } from '../ir/build.js';
import { blocks, instantiate, operands, results, statements } from '../ir/visit.js';
import type { Atom, Block, Carried, Compare, Fn, For, If, Let, Loop, Stmt, Value } from '../ir/types.js';
import type { Pass } from './pass.js';
import { Changes, Provenance } from './provenance.js';
import { blockOf, fnOf, replaceNarrowing, withBlocks } from './rewrite.js';
import type { WholeNumbers } from './whole.js';

export const counted: Pass = {
  name: 'counted',
  needs: ['loop'],
  run: (fn, { whole }) => new Counting(fn, whole).run(),
};

/** `param + offset`, both whole. */
interface Linear {
  readonly param: Value;
  readonly offset: number;
}

interface Test {
  readonly compare: Compare;
  /** The side that counts, and the bound. */
  readonly counter: Linear;
  readonly bound: Atom;
  readonly step: number;
}

/** The parts of a loop that has the shape of the header's example. */
interface Shape {
  readonly loop: Loop;
  /** Pure statements before the test. */
  readonly before: readonly Stmt[];
  readonly branch: If;
  readonly going: Block;
  readonly leaving: Block;
  /** Whether `going` is the arm of a true condition. */
  readonly whenTrue: boolean;
}

/** `index = counter + shift`, compared with `to`. */
interface Placed {
  readonly shift: number;
  readonly to: Atom;
  readonly compare: Compare;
  readonly name: string | undefined;
}

class Counting {
  private readonly provenance: Provenance;
  private readonly replaced = new Map<Value, Atom>();

  constructor(
    private readonly fn: Fn,
    private readonly whole: WholeNumbers,
  ) {
    this.provenance = new Provenance(fn);
  }

  run(): Fn {
    const body = this.block(this.fn.body);
    if (body === this.fn.body) return this.fn;
    return fnOf(this.fn, replaceNarrowing(body, this.replaced));
  }

  private block(block: Block): Block {
    const stmts = block.stmts.flatMap((stmt) => {
      const inner = withBlocks(stmt, (nested) => this.block(nested));
      return inner.kind === 'loop' ? this.loop(inner) : [inner];
    });
    return blockOf(block, stmts, block.yields);
  }

  private loop(loop: Loop): readonly Stmt[] {
    const shape = shapeOf(loop);
    if (shape === undefined) return [loop];
    const test = this.test(shape);
    if (test === undefined) return [loop];
    const hoisted = this.hoist(shape, test.bound);
    if (hoisted === undefined) return [loop];
    return [...hoisted, ...this.rebuild(shape, test, new Set(hoisted))];
  }

  /** Reads the condition as a comparison of a counting value with something else. */
  private test(shape: Shape): Test | undefined {
    let { cond } = shape.branch;
    let positive = shape.whenTrue;
    let def = this.provenance.definition(cond);
    while (def?.kind === 'let' && def.op === 'not' && def.args[0] !== undefined) {
      positive = !positive;
      [cond] = [def.args[0]];
      def = this.provenance.definition(cond);
    }
    if (def?.kind !== 'let') return undefined;
    const [a, b] = def.args;
    if (a === undefined || b === undefined) return undefined;
    const op = positive ? def.op : def.op !== 'eq' && throws(shape.going) ? undefined : opposites[def.op];
    if (op === undefined) return undefined;
    return this.counting(shape, op, a, b) ?? this.counting(shape, mirrored[op] ?? op, b, a);
  }

  private counting(shape: Shape, op: Let['op'], counting: Atom, bound: Atom): Test | undefined {
    const counter = this.linear(shape, counting);
    if (counter === undefined) return undefined;
    const place = shape.loop.carried.findIndex(({ param }) => param === counter.param);
    const init = shape.loop.carried[place]?.init;
    if (init === undefined || !this.whole.isWhole(init)) return undefined;
    const next = nextOf(shape, place);
    const after = next && this.linear(shape, next);
    if (after?.param !== counter.param || after.offset === 0) return undefined;
    const step = after.offset;
    const compare = op === 'ne' ? this.approaches(init, counter.offset, bound, step) : compares[op];
    if (compare === undefined || step > 0 !== (compare === '<' || compare === '<=')) return undefined;
    return { compare, counter, bound, step };
  }

  /** `i !== n` is `i < n` if i counts up by ones from n or below. */
  private approaches(init: Atom, offset: number, bound: Atom, step: number): Compare | undefined {
    const [from, to] = [this.whole.range(init), this.whole.range(bound)];
    if (from === undefined || to === undefined) return undefined;
    if (step === 1 && from.high + offset <= to.low) return '<';
    if (step === -1 && from.low + offset >= to.high) return '>';
    return undefined;
  }

  /** Whether the loop surely ends with the counting value equal to the bound. */
  private reaches({ compare, counter, bound, step }: Test, init: Atom): boolean {
    return (compare === '<' || compare === '>') && this.approaches(init, counter.offset, bound, step) === compare;
  }

  private linear(shape: Shape, atom: Atom): Linear | undefined {
    let offset = 0;
    let base = atom;
    for (;;) {
      if (base.kind !== 'value') return undefined;
      const param: Value = base;
      if (shape.loop.carried.some((carried) => carried.param === param)) return { param, offset };
      const def = this.provenance.definition(base);
      if (def?.kind === 'if') {
        const k = def.results.indexOf(base);
        const [yes, no] = [def.then.yields[k], def.else.yields[k]].map((arm) => arm && this.linear(shape, arm));
        if (yes === undefined || no?.param !== yes.param || no.offset !== yes.offset) return undefined;
        return { param: yes.param, offset: yes.offset + offset };
      }
      if (def?.kind !== 'let') return undefined;
      const [a, b] = def.args;
      if (a === undefined || b === undefined) return undefined;
      if (def.op === 'add' && isWholeNumber(b)) [base, offset] = [a, offset + b.value];
      else if (def.op === 'add' && isWholeNumber(a)) [base, offset] = [b, offset + a.value];
      else if (def.op === 'sub' && isWholeNumber(b)) [base, offset] = [a, offset - b.value];
      else return undefined;
    }
  }

  /** The statements before the test that compute the bound, if it cannot change while the loop runs. */
  private hoist({ loop, before }: Shape, bound: Atom): readonly Stmt[] | undefined {
    const inside = new Set<Value>(loop.carried.map(({ param }) => param));
    const places = new Map<Value, number>();
    before.forEach((stmt, at) => results(stmt).forEach((v) => places.set(v, at)));
    let changes: Changes | undefined;
    const taken = new Set<number>();
    const pending: Atom[] = [bound];
    for (let atom = pending.pop(); atom !== undefined; atom = pending.pop()) {
      if (atom.kind !== 'value') continue;
      if (inside.has(atom)) return undefined;
      const at = places.get(atom);
      const stmt = at === undefined ? undefined : before[at];
      if (at === undefined || stmt === undefined || taken.has(at)) continue; // from outside of the loop
      taken.add(at);
      if (stmt.kind === 'let') {
        pending.push(...stmt.args);
        continue;
      }
      changes ??= new Changes(loop.body, this.provenance);
      if (stmt.kind === 'length') {
        if (changes.length(stmt.object)) return undefined;
        pending.push(stmt.object);
      } else if (stmt.kind === 'load') {
        if (changes.element(stmt.object, stmt.key)) return undefined;
        pending.push(stmt.object);
        if (stmt.key.kind !== 'field') pending.push(stmt.key);
      }
    }
    return before.filter((_, at) => taken.has(at));
  }

  /** Which of counter + constant becomes the index, and what it is compared with. */
  private placed(shape: Shape, { counter: { param, offset }, bound, compare }: Test, out: Stmt[]): Placed {
    const compared: Placed = { shift: offset, to: bound, compare, name: param.name };
    const used = this.usedOffset(shape, param);
    if (used === undefined || used.offset === offset) return compared;
    const distance = used.offset - offset;
    const { name } = used;
    if (isWholeNumber(bound)) {
      const to = bound.value + distance;
      // Down to 0 reads better than to above −1.
      if (compare === '>' && to === -1) return { shift: used.offset, to: constant(0), compare: '>=', name };
      return { shift: used.offset, to: constant(to), compare, name };
    }
    if (this.whole.range(bound) === undefined) return compared;
    return { shift: used.offset, to: plus(out, bound, distance, shape.loop), compare, name };
  }

  /** What the body uses: the counter, or only what it becomes for the next iteration, as after `i--`; undefined if neither. */
  private usedOffset(shape: Shape, counter: Value): { offset: number; name: string | undefined } | undefined {
    const { loop, branch, going } = shape;
    const sums = new Map<Value, number>();
    const used = new Set<Value>();
    const use = (atom: Atom) => {
      if (atom.kind === 'value') used.add(atom);
    };
    const body = { stmts: [...shape.before, ...going.stmts], yields: [] };
    for (const stmt of statements(body)) {
      const sum = stmt.kind === 'let' ? this.linear(shape, stmt.target) : undefined;
      if (stmt.kind === 'let' && sum?.param === counter) {
        sums.set(stmt.target, sum.offset);
        continue;
      }
      if (stmt.kind === 'let' && stmt.target === branch.cond) continue;
      operands(stmt).forEach(use);
      for (const inner of blocks(stmt)) inner.yields.forEach(use);
    }
    loop.carried.forEach(({ param }, k) => {
      const next = nextOf(shape, k);
      if (param !== counter && next !== undefined) use(next);
    });
    if (used.has(counter)) return { offset: 0, name: counter.name };
    const next = nextOf(
      shape,
      loop.carried.findIndex(({ param }) => param === counter),
    );
    const offset = next?.kind === 'value' && used.has(next) ? sums.get(next) : undefined;
    return offset === undefined || next?.kind !== 'value' ? undefined : { offset, name: next.name ?? counter.name };
  }

  private rebuild(shape: Shape, test: Test, hoisted: ReadonlySet<Stmt>): readonly Stmt[] {
    const { loop, branch, going, leaving } = shape;
    const { origin } = loop;
    const counter = test.counter.param;
    const place = loop.carried.findIndex(({ param }) => param === counter);
    const init = loop.carried[place]?.init ?? constant(0);
    const before = shape.before.filter((stmt) => !hoisted.has(stmt));
    const out: Stmt[] = [];

    // The new index is the counter plus what the body makes of it: `for (i = n; i-- > 0; )` runs from n - 1 down to 0.
    const { shift, to, compare, name } = this.placed(shape, test, out);
    const from = shift === 0 ? init : plus(out, init, shift, loop);
    const index = shift === 0 ? counter : value(num, name);
    const same = (stmt: Stmt): boolean => {
      if (shift === 0 || stmt.kind !== 'let') return false;
      const made = this.linear(shape, stmt.target);
      if (made?.param !== counter || made.offset !== shift) return false;
      this.replaced.set(stmt.target, index);
      return true;
    };
    const work = [...before, ...going.stmts].filter((stmt) => !same(stmt));
    const start: Stmt[] = [];
    if (shift !== 0) start.push({ kind: 'let', target: counter, op: 'sub', args: [index, constant(shift)], origin });

    // After the loop, what the statements before the test compute is wanted for the carried values at the end.
    const last = new Map<Value, Atom>();
    const carried: Carried[] = [];
    const next: Atom[] = [];
    const ends: Value[] = [];
    loop.carried.forEach(({ param, init: initial }, k) => {
      const result = value(param.type, param.name);
      const following = nextOf(shape, k) ?? param;
      // The index of the new loop may have to be carried besides, for its last value.
      carried.push({ param: k === place ? value(num, param.name) : param, init: initial });
      next.push(following);
      ends.push(result);
      last.set(param, result);
    });
    if (test.counter.offset === 0 && this.reaches(test, init)) last.set(counter, test.bound);
    const body: Block = { stmts: [...start, ...work], yields: next };
    out.push({
      kind: 'for',
      index,
      from,
      to,
      compare,
      step: test.step,
      carried,
      body,
      results: ends,
      origin,
    } satisfies For);

    // Exit: the statements before the test once more, then those of the arm that leaves.
    const tail = instantiate({ stmts: before, yields: [] }, last);
    out.push(...tail.stmts);
    const leave = replaceNarrowing(leaving, last);
    out.push(...leave.stmts);
    branch.results.forEach((result, k) => {
      const atom = leave.yields[k];
      if (atom !== undefined) last.set(result, atom);
    });
    loop.results.forEach((result, k) => {
      const atom = loop.body.yields[k + 1];
      if (atom !== undefined) this.replaced.set(result, atom.kind === 'value' ? (last.get(atom) ?? atom) : atom);
    });
    return out;
  }
}

const compares: Partial<Record<Let['op'], Compare>> = { lt: '<', le: '<=', gt: '>', ge: '>=' };
const mirrored: Partial<Record<Let['op'], Let['op']>> = { lt: 'gt', gt: 'lt', le: 'ge', ge: 'le' };
/**
 * `!(i >= n)` is `i < n` unless one of them is NaN. Then it stays true for ever: that loop has no end for which there
 * could be a result.
 */
const opposites: Partial<Record<Let['op'], Let['op']>> = { lt: 'ge', ge: 'lt', gt: 'le', le: 'gt', eq: 'ne' };

function plus(out: Stmt[], atom: Atom, offset: number, { origin }: Loop): Atom {
  if (isWholeNumber(atom)) return constant(atom.value + offset);
  const target = value(num);
  const [op, by] = offset < 0 ? (['sub', -offset] as const) : (['add', offset] as const);
  out.push({ kind: 'let', target, op, args: [atom, constant(by)], origin });
  return target;
}

const throws = (block: Block): boolean =>
  block.stmts.some((stmt) => stmt.kind === 'throw' || blocks(stmt).some(throws));

const isWholeNumber = (atom: Atom): atom is { kind: 'const'; value: number } =>
  isConst(atom) && Number.isSafeInteger(atom.value);

/** What the loop carries into the next iteration at `place`. */
function nextOf({ loop, branch, going }: Shape, place: number): Atom | undefined {
  const atom = loop.body.yields[place + 1];
  const k = atom?.kind === 'value' ? branch.results.indexOf(atom) : -1;
  return k < 0 ? atom : going.yields[k];
}

function shapeOf(loop: Loop): Shape | undefined {
  const before = loop.body.stmts.slice(0, -1);
  const branch = loop.body.stmts.at(-1);
  if (branch?.kind !== 'if') return undefined;
  if (!before.every(({ kind }) => kind === 'let' || kind === 'load' || kind === 'length')) return undefined;
  const [again] = loop.body.yields;
  if (again?.kind !== 'value') return undefined;
  const k = branch.results.indexOf(again);
  const [yes, no] = k < 0 ? [] : [branch.then.yields[k], branch.else.yields[k]];
  const whenTrue =
    again === branch.cond || (yes !== undefined && no !== undefined && isConst(yes, true) && isConst(no, false));
  const whenFalse = yes !== undefined && no !== undefined && isConst(yes, false) && isConst(no, true);
  if (!whenTrue && !whenFalse) return undefined;
  const [going, leaving] = whenTrue ? [branch.then, branch.else] : [branch.else, branch.then];
  return { loop, before, branch, going, leaving, whenTrue };
}
