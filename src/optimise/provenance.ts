/** Where references come from, and so which of them may be the same object. */

import { innerValues, operands, results, statements } from '../ir/visit.js';
import { typeOf } from '../ir/build.js';
import type { Atom, Block, Fn, Key, Stmt, Type } from '../ir/types.js';
import { ValueMap, ValueSet } from '../ir/value.js';

export class Provenance {
  private readonly definitions = new ValueMap<Stmt>();
  /** Values whose reference is stored, passed on or returned somewhere: other values may be the same object. */
  private readonly spread = new ValueSet();

  constructor(fn: Fn) {
    const spread = (atom: Atom) => {
      if (atom.kind === 'value') this.spread.add(atom);
    };
    fn.body.yields.forEach(spread);
    for (const stmt of statements(fn.body)) {
      for (const v of [...results(stmt), ...innerValues(stmt)]) this.definitions.set(v, stmt);
      for (const atom of spreadBy(stmt)) spread(atom);
    }
  }

  definition(atom: Atom): Stmt | undefined {
    return atom.kind === 'value' ? this.definitions.get(atom) : undefined;
  }

  /** Created by the statement that defines it. */
  isFresh(atom: Atom): boolean {
    const kind = this.definition(atom)?.kind;
    return kind === 'alloc' || kind === 'make' || kind === 'slice';
  }

  isParam(atom: Atom): boolean {
    return atom.kind === 'value' && !this.definitions.has(atom);
  }

  mayAlias(a: Atom, b: Atom): boolean {
    if (a === b) return true;
    if (!compatible(typeOf(a), typeOf(b))) return false;
    const [freshA, freshB] = [this.isFresh(a), this.isFresh(b)];
    if (freshA && freshB) return false;
    if (freshA && (this.isParam(b) || !this.isSpread(a))) return false;
    if (freshB && (this.isParam(a) || !this.isSpread(b))) return false;
    return true;
  }

  private isSpread(atom: Atom): boolean {
    return atom.kind === 'value' && this.spread.has(atom);
  }
}

/** Atoms through which a statement makes references known under another name. */
function spreadBy(stmt: Stmt): readonly Atom[] {
  switch (stmt.kind) {
    case 'load':
    case 'length':
    case 'resize':
    case 'pop':
    case 'slice':
      return [];
    case 'store':
    case 'push':
      return [stmt.value];
    case 'view':
      return [stmt.object];
    case 'if':
      return [...stmt.then.yields, ...stmt.else.yields];
    case 'for':
    case 'loop':
      return [...stmt.carried.map(({ init }) => init), ...stmt.body.yields];
    default:
      return operands(stmt);
  }
}

/** Whether one object can have both types, as far as reading and writing it goes. */
export function compatible(a: Type, b: Type): boolean {
  if (a.kind === 'optional') return compatible(a.of, b);
  if (b.kind === 'optional') return compatible(a, b.of);
  if (a.kind === 'array' && b.kind === 'array') {
    // Views of different storage never share memory: there is no syntax for it.
    return a.storage === b.storage && (a.storage !== 'list' || compatible(a.elem, b.elem));
  }
  if (a.kind === 'record' && b.kind === 'record') {
    return a.fields.some((f) => b.fields.some((g) => f.name === g.name && compatible(f.type, g.type)));
  }
  return a.kind === b.kind;
}

/** Whether what a load or `length` sees may be changed by running `block`. */
export class Changes {
  private readonly stores: { object: Atom; key: Key }[] = [];
  private readonly resizes: Atom[] = [];
  private unknown = false;

  constructor(
    block: Block,
    private readonly provenance: Provenance,
  ) {
    for (const stmt of statements(block)) {
      switch (stmt.kind) {
        case 'store':
          this.stores.push(stmt);
          break;
        case 'push':
        case 'pop':
        case 'resize':
          this.resizes.push(stmt.object);
          break;
        case 'derive':
          if (stmt.into !== undefined) this.unknown = true;
          break;
        case 'call':
          if (stmt.effects) this.unknown = true;
          break;
        default:
          break;
      }
    }
  }

  element(object: Atom, key: Key): boolean {
    if (this.unknown || this.length(object)) return true;
    return this.stores.some((store) => sameKey(store.key, key) && this.provenance.mayAlias(store.object, object));
  }

  length(object: Atom): boolean {
    return this.unknown || this.resizes.some((resized) => this.provenance.mayAlias(resized, object));
  }
}

/** False if the keys are certainly different. */
function sameKey(a: Key, b: Key): boolean {
  if (a.kind === 'field' || b.kind === 'field') return a.kind !== 'field' || b.kind !== 'field' || a.name === b.name;
  return a.kind === 'value' || b.kind === 'value' || a.value === b.value;
}
