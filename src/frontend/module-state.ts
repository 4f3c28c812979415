/** Writes into arrays, records and captured variables of the module: they would change what the next call finds. */

import type { Atom, Block, Cell, Fn, Key, Stmt, Value } from '../ir/types.js';
import { isReference } from '../ir/structure.js';
import { blocks, changedObject, statements } from '../ir/visit.js';
import { diagnostic } from '../diagnostics/report.js';
import type { Lower } from './context.js';

/** Reports every such write; true if there is one. What may be module state is found without regard to order. */
export function reportMutations(fn: Fn, cx: Lower): boolean {
  if (cx.frozen.size === 0) return false;
  const pointers = new Pointers(fn, cx.frozen);
  const own = new Set(cx.prologue.stmts);
  let found = false;
  const visit = (block: Block): void => {
    for (const stmt of block.stmts) {
      if (block === fn.body && own.has(stmt)) continue;
      const name = stmt.kind === 'write' ? cx.frozen.get(stmt.cell) : pointers.stateIn(changedObject(stmt));
      if (name !== undefined && stmt.origin !== undefined) {
        cx.session.report.add(diagnostic('module-state', { origin: stmt.origin, length: 1 }, [name]));
        found = true;
      }
      blocks(stmt).forEach(visit);
    }
  };
  [fn, ...(fn.helpers ?? [])].forEach(({ body }) => visit(body));
  return found;
}

/** An array or record, by where it is made, or one of the module, with all that it leads to. */
interface Made {
  /** The module constant that it is, or is part of. */
  readonly state: string | undefined;
  readonly parts: Map<string, Set<Made>>;
}

/** What each variable may refer to (Andersen, 1994: by inclusion, without regard to order). */
class Pointers {
  private readonly referents = new Map<Value | Cell, Set<Made>>();
  private readonly made = new Map<Value, Made>();
  private changed = true;

  constructor(fn: Fn, frozen: ReadonlyMap<Value | Cell, string>) {
    for (const [each, state] of frozen) {
      if (isReference(each.type)) this.of(each).add({ state, parts: new Map() });
    }
    const functions = [fn, ...(fn.helpers ?? [])];
    const byName = new Map(functions.map((each) => [each.name, each]));
    while (this.changed) {
      this.changed = false;
      for (const { body } of functions) for (const stmt of statements(body)) this.follow(stmt, byName);
    }
  }

  /** The name of the module constant that an object may be, or be part of. */
  stateIn(atom: Atom | undefined): string | undefined {
    for (const { state } of this.referentsOf(atom)) if (state !== undefined) return state;
    return undefined;
  }

  private follow(stmt: Stmt, functions: ReadonlyMap<string, Fn>): void {
    switch (stmt.kind) {
      case 'load':
        return this.take(stmt.target, stmt.object, stmt.key);
      case 'pop':
        return this.take(stmt.target, stmt.object, undefined);
      case 'view':
        return this.flow(stmt.target, this.referentsOf(stmt.object));
      case 'make': {
        const { type } = stmt.target;
        const names = type.kind === 'record' ? type.fields.map(({ name }) => name) : undefined;
        const made = this.madeAt(stmt.target);
        stmt.parts.forEach((part, k) => this.put(made, names?.[k] ?? '', part));
        return;
      }
      case 'alloc':
        return this.put(this.madeAt(stmt.target), '', stmt.fill);
      case 'slice': {
        // A copy, but of references to the same rows.
        const made = this.madeAt(stmt.target);
        for (const from of this.referentsOf(stmt.object)) this.add(made, '', this.partsOf(from, ''));
        return;
      }
      case 'store':
      case 'push':
        for (const into of this.referentsOf(stmt.object)) {
          this.put(into, stmt.kind === 'store' ? nameOf(stmt.key) : '', stmt.value);
        }
        return;
      case 'let':
        return stmt.args.forEach((arg) => this.flow(stmt.target, this.referentsOf(arg)));
      case 'cell':
        return this.flow(stmt.cell, this.referentsOf(stmt.init));
      case 'write':
        return this.flow(stmt.cell, this.referentsOf(stmt.value));
      case 'read':
        return this.flow(stmt.target, this.of(stmt.cell));
      case 'if':
        return stmt.results.forEach((result, k) => {
          for (const arm of [stmt.then, stmt.else]) this.flow(result, this.referentsOf(arm.yields[k]));
        });
      case 'call': {
        const callee = functions.get(stmt.callee);
        callee?.params.forEach(({ value }, k) => this.flow(value, this.referentsOf(stmt.args[k])));
        if (stmt.target) this.flow(stmt.target, this.referentsOf(callee?.body.yields[0]));
        return;
      }
      default:
    }
  }

  private take(target: Value, object: Atom, key: Key | undefined): void {
    if (!isReference(target.type)) return;
    const name = key === undefined ? '' : nameOf(key);
    for (const from of this.referentsOf(object)) this.flow(target, this.partsOf(from, name));
  }

  /** What a part of an object may be: of module state, all is one. */
  private partsOf(from: Made, name: string): ReadonlySet<Made> {
    const parts = from.parts.get(name) ?? new Set();
    return from.state === undefined ? parts : new Set([from, ...parts]);
  }

  private put(into: Made, name: string, atom: Atom | undefined): void {
    this.add(into, name, this.referentsOf(atom));
  }

  private add(into: Made, name: string, all: ReadonlySet<Made>): void {
    if (all.size === 0) return;
    let parts = into.parts.get(name);
    if (parts === undefined) into.parts.set(name, (parts = new Set()));
    this.include(parts, all);
  }

  private flow(target: Value | Cell, all: ReadonlySet<Made>): void {
    if (all.size > 0 && isReference(target.type)) this.include(this.of(target), all);
  }

  private include(into: Set<Made>, all: ReadonlySet<Made>): void {
    for (const each of all) {
      if (into.has(each)) continue;
      into.add(each);
      this.changed = true;
    }
  }

  private madeAt(target: Value): Made {
    let made = this.made.get(target);
    if (made === undefined) {
      this.made.set(target, (made = { state: undefined, parts: new Map() }));
      this.of(target).add(made);
    }
    return made;
  }

  private of(each: Value | Cell): Set<Made> {
    let found = this.referents.get(each);
    if (found === undefined) this.referents.set(each, (found = new Set()));
    return found;
  }

  private referentsOf(atom: Atom | undefined): ReadonlySet<Made> {
    return atom?.kind === 'value' && isReference(atom.type) ? this.of(atom) : none;
  }
}

const none: ReadonlySet<Made> = new Set();

/** The elements of an array are told apart no further. */
const nameOf = (key: Key): string => (key.kind === 'field' ? key.name : '');
