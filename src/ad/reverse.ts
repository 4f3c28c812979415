/**
 * A place in the reverse sweep: the reverse of one block of the primal. It knows the cotangents found so far, where
 * primal values can be had, and appends statements. `prelude` holds what the reverse of the block starts with:
 * values that are fetched or recomputed, and fresh shadows.
 */

import { Builder, constant, emptySum, value } from '../ir/build.js';
import { instantiate, mapStmt } from '../ir/visit.js';
import type { Atom, For, If, Loop, Stmt, Value } from '../ir/types.js';
import { counterOf } from './counters.js';
import { iteration } from './loops.js';
import type { Saves } from './saves.js';
import { isInside, type Scope, type Scopes } from './scopes.js';
import { barOf } from './shadows.js';

type Kind = 'top' | 'arm' | 'loop' | 'same';

interface Accumulator {
  readonly of: Value;
  readonly param: Value;
  readonly init: Atom;
}

export class Reverse {
  /** Primal values by the atoms that stand for them in this block's reverse. */
  readonly values = new Map<Value, Atom>();
  /** Shadows of local objects that this block makes. */
  readonly shadows = new Map<Value, Atom>();
  private readonly accumulators: Accumulator[] = [];

  private constructor(
    readonly scope: Scope,
    private readonly parent: Reverse | undefined,
    private readonly kind: Kind,
    private readonly scopes: Scopes,
    private readonly saves: Saves,
    readonly b: Builder,
    readonly prelude: Builder,
    private readonly cotangents: Map<Value, Atom>,
    /** Set inside the reverse of the last iteration of a loop: where that loop is reversed. */
    private readonly last: { readonly loop: Loop; readonly outside: Reverse } | undefined,
    private readonly target: Builder | undefined,
  ) {}

  static top(scopes: Scopes, saves: Saves, target: Builder): Reverse {
    return new Reverse(
      scopes.top,
      undefined,
      'top',
      scopes,
      saves,
      new Builder(),
      new Builder(),
      new Map(),
      undefined,
      target,
    );
  }

  private child(scope: Scope, kind: Kind, last = this.last): Reverse {
    const same = kind === 'same';
    const origin = this.b.origin;
    return new Reverse(
      scope,
      this,
      kind,
      this.scopes,
      this.saves,
      same ? this.b : new Builder(origin),
      same ? this.prelude : new Builder(origin),
      same ? this.cotangents : new Map(),
      last,
      undefined,
    );
  }

  /** The reverse of an arm, to be joined with the other arm's. */
  arm(scope: Scope): Reverse {
    return this.child(scope, 'arm').begin();
  }

  /** The reverse of a loop's body; `known` gives values at hand in it, such as its index. */
  loop(scope: Scope, known: readonly (readonly [Value, Atom])[]): Reverse {
    const inner = this.child(scope, 'loop');
    for (const [primal, atom] of known) inner.values.set(primal, atom);
    return inner.begin();
  }

  /** The reverse of an arm that is known to have been taken: no test, same place. */
  inlined(scope: Scope): Reverse {
    return this.child(scope, 'same').begin();
  }

  /** The reverse of the last, incomplete iteration of a loop. */
  lastOf(scope: Scope, loop: Loop): Reverse {
    return this.child(scope, 'same', { loop, outside: this });
  }

  private begin(): Reverse {
    if (this.last === undefined) this.saves.fetch(this);
    return this;
  }

  /** Puts the prelude in front of the statements. */
  close(): void {
    if (this.kind === 'same') return;
    const all = [...this.prelude.stmts, ...this.b.stmts];
    if (this.target) all.forEach((stmt) => this.target?.push(stmt));
    else this.b.stmts.splice(0, this.b.stmts.length, ...all);
  }

  /** The place around this one (or this) that reverses `scope`. */
  at(scope: Scope): Reverse {
    let found: Reverse | undefined = this;
    while (found && found.scope !== scope) found = found.parent;
    if (!found) throw new Error('a value is needed outside of the reverse of its block');
    return found;
  }

  // ------------------------------------------------------------ primal values

  /** A primal value in the reverse sweep: at hand, fetched or recomputed. */
  need(atom: Atom): Atom {
    if (atom.kind === 'const') return atom;
    const { scope, stmt } = this.scopes.definition(atom);
    if (scope.depth === 0) return atom;
    const home = this.at(scope);
    if (home.last && isInside(scope, this.scopes.inner(home.last.loop.body))) {
      return home.last.outside.need(this.saves.lastValue(home.last.loop, atom));
    }
    const known = home.values.get(atom);
    if (known) return known;
    if (!this.saves.decided) {
      this.saves.request(atom);
      return atom;
    }
    if (stmt) home.recompute(stmt);
    else home.recount(atom);
    const again = home.values.get(atom);
    if (!again) throw new Error(`${atom.name ?? 'a value'} should have been recomputed`);
    return again;
  }

  private recount(v: Value): void {
    const counter = counterOf(v, this.scopes);
    if (!counter) throw new Error(`${v.name ?? 'a value'} should have been saved`);
    const { loop, init, step } = counter;
    const b = this.prelude;
    const steps = iteration(b, { from: this.need(loop.from), step: loop.step }, this.need(loop.index));
    const way = step === 1 || step === -1 ? steps : b.op('mul', [steps, constant(Math.abs(step))]);
    this.values.set(v, b.op(step < 0 ? 'sub' : 'add', [this.need(init), way], v.name));
  }

  private recompute(stmt: Stmt): void {
    const kept = this.saves.reread(stmt);
    if (kept && stmt.kind === 'let') {
      const key = kept.key.kind === 'field' ? kept.key : this.need(kept.key);
      const object = this.need(kept.object);
      this.values.set(stmt.target, this.prelude.load(object, key, stmt.target.name));
      return;
    }
    const replace = new Map<Value, Atom>();
    const copy = mapStmt(stmt, {
      atom: (atom) => this.need(atom),
      define: (v) => {
        const fresh = value(v.type, v.name);
        this.values.set(v, fresh);
        return fresh;
      },
      block: (block) => {
        for (const free of this.saves.freeIn(block)) replace.set(free, this.need(free));
        return instantiate(block, replace);
      },
    });
    this.prelude.push(copy);
  }

  // ------------------------------------------------------------ cotangents

  /** The cotangent of a number of this block, removed; undefined stands for zero. */
  take(of: Value): Atom | undefined {
    const found = this.cotangents.get(of);
    this.cotangents.delete(of);
    return found;
  }

  accumulate(to: Atom, g: Atom): void {
    if (to.kind === 'const') return;
    const sum = this.lookup(to);
    if (sum === undefined) this.cotangents.set(to, g);
    else this.cotangents.set(to, this.b.op('add', [sum, g], barOf(to.name)));
  }

  private lookup(of: Value): Atom | undefined {
    const own = this.cotangents.get(of);
    if (own !== undefined || this.kind === 'top') return own;
    if (this.kind === 'same') return this.parent?.lookup(of);
    if (isInside(this.scopes.definition(of).scope, this.scope)) return undefined;
    const outer = this.parent?.lookup(of);
    if (this.kind === 'arm') return outer;
    // A value from outside a loop: its cotangent is carried through the iterations.
    const param = value({ kind: 'num' }, barOf(of.name));
    this.accumulators.push({ of, param, init: outer ?? emptySum });
    this.cotangents.set(of, param);
    return param;
  }

  private get outward(): Value[] {
    return [...this.cotangents.keys()].filter((of) => !isInside(this.scopes.definition(of).scope, this.scope));
  }

  /** Appends the reverse of an if, made of the reverses of its arms. */
  join(stmt: If, then: Reverse, otherwise: Reverse): void {
    const changed = [...new Set([...then.outward, ...otherwise.outward])].map((of) => {
      const base = this.lookup(of) ?? emptySum;
      const [a, b] = [then.cotangents.get(of) ?? base, otherwise.cotangents.get(of) ?? base];
      return { of, then: a, else: b, result: value({ kind: 'num' }, barOf(of.name)) };
    });
    if (changed.length === 0 && then.b.stmts.length === 0 && otherwise.b.stmts.length === 0) return;
    this.b.push({
      kind: 'if',
      cond: this.need(stmt.cond),
      then: { stmts: then.b.stmts, yields: changed.map((c) => c.then) },
      else: { stmts: otherwise.b.stmts, yields: changed.map((c) => c.else) },
      results: changed.map((c) => c.result),
      origin: stmt.origin,
    });
    for (const { of, result } of changed) this.cotangents.set(of, result);
  }

  /** Appends a loop with `inner` as its body and returns the last values of `carried`. */
  joinLoop(
    loop: Pick<For, 'kind' | 'index' | 'from' | 'to' | 'compare' | 'step' | 'origin'>,
    inner: Reverse,
    carried: readonly { readonly param: Value; readonly init: Atom; readonly next: Atom }[],
  ): readonly Atom[] {
    const sums = inner.accumulators
      .map(({ of, param, init }) => ({ of, param, init, next: inner.cotangents.get(of) ?? param }))
      .filter(({ param, next }) => next !== param);
    inner.close();
    const all = [...carried, ...sums];
    const results = all.map(({ param }) => value(param.type, param.name));
    if (all.length > 0 || inner.b.stmts.length > 0) {
      this.b.push({
        ...loop,
        carried: all.map(({ param, init }) => ({ param, init })),
        body: { stmts: inner.b.stmts, yields: all.map(({ next }) => next) },
        results,
      });
    }
    sums.forEach(({ of }, k) => {
      const result = results[carried.length + k];
      if (result) this.cotangents.set(of, result);
    });
    return results.slice(0, carried.length);
  }
}
