/**
 * Which references may name the same object (Steensgaard's analysis): every reference belongs to a class, and
 * classes are merged where references meet (a store, a carried value, a choice). Two references of different
 * classes never name the same object.
 *
 * A class knows, per key, the class of the references kept under it. Keys are field names; all elements of an
 * array share the key `*`.
 *
 * A function is analysed together with its helpers: what they are called with meets their parameters. Of a helper on
 * its own, everything it is given, or gives to other helpers, is in one class with all that it leads to.
 */

import { isReference } from '../ir/structure.js';
import { blocks, results } from '../ir/visit.js';
import { typeOf } from '../ir/build.js';
import type { Atom, Block, Fn, Key, Stmt, Type, Value } from '../ir/types.js';

export class ObjectClass {
  private parent: ObjectClass | undefined;
  private readonly kept = new Map<string, ObjectClass>();
  /** Whether everything that this class leads to belongs to it. */
  private closed = false;

  /** The representative of this class. */
  get root(): ObjectClass {
    let root: ObjectClass = this;
    while (root.parent) root = root.parent;
    if (root !== this && this.parent !== root) this.parent = root; // path halving in one step
    return root;
  }

  /** The class of references kept under `key`, made on first use. */
  under(key: string): ObjectClass {
    const { kept, closed } = this.root;
    if (closed) return this.root;
    let found = kept.get(key);
    if (found === undefined) kept.set(key, (found = new ObjectClass()));
    return found.root;
  }

  children(): readonly ObjectClass[] {
    return [...this.root.kept.values()].map((child) => child.root);
  }

  close(): void {
    this.closed = true;
  }

  merge(other: ObjectClass): void {
    const pending: [ObjectClass, ObjectClass][] = [[this, other]];
    for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
      const [into, from] = [pair[0].root, pair[1].root];
      if (into === from) continue;
      from.parent = into;
      if (into.closed || from.closed) {
        into.closed = true;
        for (const child of [...into.kept.values(), ...from.kept.values()]) pending.push([into, child]);
        into.kept.clear();
        from.kept.clear();
        continue;
      }
      for (const [key, child] of from.kept) {
        const twin = into.kept.get(key);
        if (twin) pending.push([twin, child]);
        else into.kept.set(key, child);
      }
      from.kept.clear();
    }
  }
}

/** Some classes and all that references in them lead to. */
export function reachedFrom(classes: readonly ObjectClass[]): ReadonlySet<ObjectClass> {
  const reached = new Set<ObjectClass>();
  const pending = [...classes];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    pending.push(...next.children());
  }
  return reached;
}

/** A class that everything it leads to belongs to. */
const closedClass = (): ObjectClass => {
  const object = new ObjectClass();
  object.close();
  return object;
};

export const keyName = (object: Type, key: Key): string => {
  if (key.kind === 'field') return key.name;
  const type = object.kind === 'optional' ? object.of : object;
  return type.kind === 'record' && key.kind === 'const' ? String(key.value) : '*';
};

export interface Aliases {
  /** The class of a reference. */
  of(atom: Atom): ObjectClass;
}

export function analyseAliases(fn: Fn): Aliases {
  const classes = new Map<Value, ObjectClass>();
  const none = new ObjectClass(); // for `undefined`
  const of = (atom: Atom): ObjectClass => {
    if (atom.kind === 'const') return none;
    let found = classes.get(atom);
    if (found === undefined) classes.set(atom, (found = new ObjectClass()));
    return found.root;
  };
  const meet = (a: Atom, b: Atom) => {
    if (a.kind === 'value' && b.kind === 'value' && isReference(a.type) && isReference(b.type)) of(a).merge(of(b));
  };
  const keep = (object: Atom, key: string, kept: Atom) => {
    if (kept.kind === 'value' && isReference(kept.type)) of(object).under(key).merge(of(kept));
  };

  const helpers = new Map(fn.helpers?.map((helper) => [helper.name, helper]));
  const anything = closedClass();
  const mix = (atom: Atom) => {
    if (atom.kind === 'value' && isReference(atom.type)) of(atom).merge(anything);
  };

  const visit = (block: Block) => {
    for (const stmt of block.stmts) {
      visitStmt(stmt);
      blocks(stmt).forEach(visit);
    }
  };
  const visitStmt = (stmt: Stmt) => {
    switch (stmt.kind) {
      case 'let':
        if (isReference(stmt.target.type)) stmt.args.forEach((arg) => meet(stmt.target, arg));
        break;
      case 'load':
        keep(stmt.object, keyName(typeOf(stmt.object), stmt.key), stmt.target);
        break;
      case 'store':
        keep(stmt.object, keyName(typeOf(stmt.object), stmt.key), stmt.value);
        break;
      case 'pop':
        keep(stmt.object, '*', stmt.target);
        break;
      case 'push':
        keep(stmt.object, '*', stmt.value);
        break;
      case 'alloc':
        if (stmt.fill) keep(stmt.target, '*', stmt.fill);
        break;
      case 'make': {
        const { type } = stmt.target;
        stmt.parts.forEach((part, k) =>
          keep(stmt.target, type.kind === 'record' ? (type.fields[k]?.name ?? '*') : '*', part),
        );
        break;
      }
      case 'slice':
        if (stmt.target.type.kind === 'array' && isReference(stmt.target.type.elem)) {
          of(stmt.target).under('*').merge(of(stmt.object).under('*'));
        }
        break;
      case 'view':
        meet(stmt.target, stmt.object);
        break;
      case 'if':
        stmt.results.forEach((result, k) => {
          for (const arm of [stmt.then, stmt.else]) meet(result, arm.yields[k] ?? result);
        });
        break;
      case 'for':
      case 'loop': {
        const first = stmt.kind === 'loop' ? 1 : 0;
        stmt.carried.forEach(({ param, init }, k) => {
          meet(param, init);
          meet(param, stmt.body.yields[k + first] ?? param);
          meet(param, stmt.results[k] ?? param);
        });
        break;
      }
      case 'call': {
        const callee = helpers.get(stmt.callee);
        if (callee === undefined) [...stmt.args, ...results(stmt)].forEach(mix);
        callee?.params.forEach(({ value }, k) => meet(value, stmt.args[k] ?? value));
        callee?.body.yields.forEach((atom) => meet(atom, stmt.target ?? atom));
        break;
      }
      case 'derive':
      case 'linear':
        throw new Error('aliases are analysed after operators have been expanded');
      default:
        break;
    }
  };
  if (fn.called) fn.params.forEach(({ value }) => mix(value));
  for (const each of [fn, ...helpers.values()]) visit(each.body);
  return { of };
}
