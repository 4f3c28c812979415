/**
 * What is known about objects: which references may name the same one, what a block writes, how long an array is,
 * whether an index is inside of it.
 *
 * Two references name different objects if
 * - their types cannot be of one object (another storage, another element type), or
 * - they never meet (`ad/alias.ts`: no store, choice or carried value joins them); parameters may be one object, and
 *   so may anything loaded from them, or
 * - one is the result of an allocation and the other was there before.
 */

import { analyseAliases, type Aliases, type ObjectClass, reachedFrom } from '../ad/alias.js';
import { typeOf } from '../ir/build.js';
import { isGrowable, isReference } from '../ir/structure.js';
import { allStatements, blocks, innerValues, results, statements } from '../ir/visit.js';
import type { ArrayType, Atom, Block, Call, Fn, Key, Stmt, Type, Value } from '../ir/types.js';
import { affine, type Affine } from '../ir/affine.js';
import { differ } from './affine.js';
import { Lengths } from './lengths.js';
import { Definitions } from './rewrite.js';
import type { WholeNumbers } from './whole.js';
import { ValueMap } from '../ir/value.js';

/** One change of an object: of an element, of unknown elements (no `key`), or of the length (`resized`). */
export interface Write {
  readonly object: Atom;
  readonly key?: Key;
  readonly resized: boolean;
}

/** What a statement or block may do to objects. `unknown`: anything (a `derive` before it is expanded). */
export interface Effects {
  readonly writes: readonly Write[];
  readonly unknown: boolean;
}

const none: Effects = { writes: [], unknown: false };
const anything: Effects = { writes: [], unknown: true };

export class Memory {
  readonly definitions = new Definitions();
  /** Absent when there are statements whose aliasing is not followed. */
  private readonly aliases: Aliases | undefined;
  private outside: ReadonlySet<ObjectClass> = new Set();
  /** Classes with typed arrays that share memory at an offset. */
  private readonly viewed = new Set<ObjectClass>();
  private readonly resizedClasses = new Set<ObjectClass>();
  private readonly listStores: { readonly object: Atom; readonly key: Key }[] = [];
  private grownClasses: ReadonlySet<ObjectClass> | undefined;
  private finding = false;
  /** When a value comes to be, in program order; what a loop yields comes after its body. */
  private readonly birth = new ValueMap<number>();
  private readonly known = new WeakMap<Block, Effects>();
  private readonly lengths: Lengths;

  constructor(
    fn: Fn,
    readonly whole: WholeNumbers,
  ) {
    const all = statements(fn.body);
    const followed = allStatements(fn).every(
      ({ kind }) => kind !== 'derive' && kind !== 'linear' && kind !== 'cell' && kind !== 'read' && kind !== 'write',
    );
    this.aliases = followed ? analyseAliases(fn) : undefined;
    all.forEach((stmt) => this.definitions.add(stmt));
    this.order(fn);
    this.lengths = new Lengths(fn, this);
    if (this.aliases) this.classify(fn, all, this.aliases);
  }

  private order(fn: Fn): void {
    let time = 0;
    const born = (value: Value) => this.birth.set(value, time++);
    const visit = (block: Block) => {
      for (const stmt of block.stmts) {
        innerValues(stmt).forEach(born);
        blocks(stmt).forEach(visit);
        results(stmt).forEach(born);
      }
    };
    fn.params.forEach(({ value }) => born(value));
    visit(fn.body);
  }

  private classify(fn: Fn, all: readonly Stmt[], aliases: Aliases): void {
    const given = fn.params.filter(({ value }) => isReference(value.type)).map(({ value }) => aliases.of(value));
    this.outside = reachedFrom(given);
    for (const stmt of all) {
      if (stmt.kind === 'call') this.classifyCall(stmt, aliases);
      if (stmt.kind === 'view') this.viewed.add(aliases.of(stmt.object));
      if (stmt.kind === 'push' || stmt.kind === 'pop' || stmt.kind === 'resize') {
        this.resizedClasses.add(aliases.of(stmt.object));
      }
      if (stmt.kind === 'store' && isGrowable(typeOf(stmt.object))) this.listStores.push(stmt);
    }
  }

  /** What a call may do to what it is given and gives back. */
  private classifyCall(stmt: Call, aliases: Aliases): void {
    const passed = [...stmt.args, ...results(stmt)].filter((atom) => isReference(typeOf(atom)));
    for (const object of reachedFrom(passed.map((atom) => aliases.of(atom)))) {
      this.viewed.add(object);
      if (stmt.effects) this.resizedClasses.add(object);
    }
  }

  /** Objects of different groups are never the same. */
  group(object: Atom): ObjectClass | undefined {
    const found = this.aliases?.of(object);
    // All that comes from outside is one group.
    return found && this.outside.has(found) ? undefined : found;
  }

  /** Whether an object is a parameter or was read from one. */
  isForeign(object: Atom): boolean {
    if (object.kind !== 'value') return false;
    const stmt = this.definitions.get(object);
    return stmt === undefined || (stmt.kind === 'load' && this.isForeign(stmt.object));
  }

  mayAlias(a: Atom, b: Atom): boolean {
    if (a === b) return true;
    if (this.group(a) !== this.group(b)) return false;
    if (!compatible(typeOf(a), typeOf(b))) return false;
    return !this.madeAfter(a, b) && !this.madeAfter(b, a);
  }

  /** Whether `made` is the result of an allocation that ran when `other` was there already. */
  private madeAfter(made: Atom, other: Atom): boolean {
    const stmt = this.definitions.get(made);
    if (stmt?.kind !== 'alloc' && stmt?.kind !== 'make' && stmt?.kind !== 'slice') return false;
    return made.kind === 'value' && other.kind === 'value' && this.isBornBefore(other, made);
  }

  isBornBefore(a: Value, b: Value): boolean {
    const [early, late] = [this.birth.get(a), this.birth.get(b)];
    return late !== undefined && early !== undefined && early < late;
  }

  /** Whether `a[i]` and `b[j]` are certainly different places. */
  apart(a: Atom, i: Key, b: Atom, j: Key): boolean {
    if (!this.mayAlias(a, b)) return true;
    // Elements of views are shifted.
    if (a !== b && (!this.aliases || this.hasViews(a))) return false;
    return this.differentKeys(i, j);
  }

  private hasViews(object: Atom): boolean {
    const group = this.aliases?.of(object);
    return group === undefined || this.viewed.has(group) || (this.outside.has(group) && this.viewed.size > 0);
  }

  differentKeys(i: Key, j: Key): boolean {
    if (i.kind === 'field' || j.kind === 'field')
      return keyText(i) !== keyText(j) && keyText(i) !== undefined && keyText(j) !== undefined;
    if (i.kind === 'const' && j.kind === 'const') return keyText(i) !== keyText(j);
    return differ(this.definitions, this.whole, i, j);
  }

  // -------------------------------------------------------------- effects

  effects(stmt: Stmt): Effects {
    switch (stmt.kind) {
      case 'store': {
        const resized = isGrowable(typeOf(stmt.object)) && !this.inBounds(stmt.object, stmt.key);
        return { writes: [{ object: stmt.object, key: stmt.key, resized }], unknown: false };
      }
      case 'push':
      case 'pop':
      case 'resize':
        return { writes: [{ object: stmt.object, resized: true }], unknown: false };
      case 'call':
        return stmt.effects ? anything : none;
      case 'derive':
        return anything;
      case 'if':
      case 'for':
      case 'loop':
        return merge(blocks(stmt).map((block) => this.effectsOf(block)));
      default:
        return none;
    }
  }

  effectsOf(block: Block): Effects {
    let found = this.known.get(block);
    if (found === undefined) this.known.set(block, (found = merge(block.stmts.map((stmt) => this.effects(stmt)))));
    return found;
  }

  // -------------------------------------------------------------- lengths

  /** Whether an array keeps the length that it was made with. */
  keepsLength(object: Atom): boolean {
    const type = typeOf(object);
    if (type.kind !== 'array') return false;
    if (!isGrowable(type)) return true;
    // Asked while it is being found out which lists grow: nothing may rely on an answer that is not complete.
    if (this.finding) return false;
    const group = this.aliases?.of(object);
    return group !== undefined && !this.outside.has(group) && !this.mayShrink(object) && !this.grown().has(group);
  }

  /** Classes of lists that are stored into at places that may lie behind their end. */
  private grown(): ReadonlySet<ObjectClass> {
    if (this.grownClasses === undefined) {
      const found = new Set<ObjectClass>();
      this.finding = true;
      for (const { object, key } of this.listStores) {
        if (this.aliases && !this.inBounds(object, key)) found.add(this.aliases.of(object));
      }
      this.finding = false;
      this.grownClasses = found;
    }
    return this.grownClasses;
  }

  private mayShrink(object: Atom): boolean {
    const group = this.aliases?.of(object);
    if (group === undefined) return true;
    return this.outside.has(group)
      ? [...this.resizedClasses].some((resized) => this.outside.has(resized))
      : this.resizedClasses.has(group);
  }

  /** The length of an array that a loop or a choice gives, if all that comes in has one. */
  mergedLength(array: Atom): Atom | undefined {
    return array.kind === 'value' && !this.finding ? this.lengths.of(array) : undefined;
  }

  /** The length an array was made with; `undefined` if it is not certain. */
  madeLength(object: Atom): Affine | undefined {
    const type = typeOf(object);
    if (type.kind !== 'array') return undefined;
    if (type.fixed !== undefined) return { base: undefined, offset: type.fixed };
    const stmt = this.definitions.get(object);
    switch (stmt?.kind) {
      case 'alloc': {
        const made = affine(this.definitions, stmt.length);
        // `new Array(2.5)` throws, but `new Float64Array(2.5)` has two elements.
        return type.storage === 'list' || this.isWhole(made) ? made : undefined;
      }
      case 'make':
        return { base: undefined, offset: stmt.parts.length };
      case 'slice':
      case 'view': {
        const from = affine(this.definitions, stmt.from);
        const to = this.count(stmt.to);
        const made = from.base === undefined ? shift(to, -from.offset) : undefined;
        return made && this.isWhole(made) && Number.isInteger(from.offset) ? made : undefined;
      }
      default: {
        const merged = this.mergedLength(object);
        return merged && affine(this.definitions, merged);
      }
    }
  }

  /** A number of elements; that of an array is what it was made with. */
  private count(atom: Atom): Affine {
    const stmt = this.definitions.get(atom);
    const made = stmt?.kind === 'length' && this.keepsLength(stmt.object) ? this.madeLength(stmt.object) : undefined;
    return made ?? affine(this.definitions, atom);
  }

  private isWhole({ base, offset }: Affine): boolean {
    return Number.isInteger(offset) && (base === undefined || this.whole.isWhole(base));
  }

  /** Whether `key` is certainly an index of an existing element. */
  inBounds(object: Atom, key: Key): boolean {
    const type = typeOf(object);
    if (type.kind === 'record') return true;
    if (key.kind === 'field' || type.kind !== 'array' || this.mayShrink(object)) return false;
    const place = affine(this.definitions, key);
    const made = this.madeLength(object);
    if (place.base === undefined) {
      const enough = made !== undefined && made.base === undefined && place.offset < made.offset;
      return enough && Number.isInteger(place.offset) && place.offset >= 0;
    }
    // The index of a loop plus a constant: its ends against 0 and the length.
    const loop = this.definitions.get(place.base);
    if (loop?.kind !== 'for' || loop.index !== place.base || !Number.isInteger(place.offset)) return false;
    const [from, to] = [affine(this.definitions, loop.from), affine(this.definitions, loop.to)];
    const strict = loop.compare === '<' || loop.compare === '>' ? 1 : 0;
    const [low, high] = loop.step > 0 ? [from, shift(to, -strict)] : [shift(to, strict), from];
    const fits = this.isLength(object, made, shift(high, place.offset + 1));
    return fits && this.atLeastZero(shift(low, place.offset));
  }

  /** Whether `count` elements are there: it is the length or less by a constant. */
  private isLength(object: Atom, made: Affine | undefined, count: Affine): boolean {
    if (!Number.isInteger(count.offset)) return false;
    if (made && made.base === count.base) return count.offset <= made.offset;
    const stmt = count.base && this.definitions.get(count.base);
    return stmt?.kind === 'length' && stmt.object === object && count.offset <= 0;
  }

  private atLeastZero({ base, offset }: Affine): boolean {
    const low = base === undefined ? 0 : this.whole.range(base)?.low;
    return low !== undefined && low + offset >= 0;
  }
}

const shift = ({ base, offset }: Affine, by: number): Affine => ({ base, offset: offset + by });

/** A key that is known now, as a property's name; `undefined` for an index found at run time. */
export function keyText(key: Key): string | undefined {
  if (key.kind === 'field') return key.name;
  return key.kind === 'const' ? String(key.value) : undefined;
}

/** Whether two keys are certainly the same. */
export const sameKey = (a: Key, b: Key): boolean =>
  a.kind === 'field' || b.kind === 'field'
    ? a.kind === 'field' && b.kind === 'field' && a.name === b.name
    : a === b || (a.kind === 'const' && b.kind === 'const' && keyText(a) === keyText(b));

function merge(list: readonly Effects[]): Effects {
  const some = list.filter((effects) => effects !== none);
  if (some.length === 0) return none;
  const [only] = some;
  if (some.length === 1 && only) return only;
  return { writes: some.flatMap(({ writes }) => writes), unknown: some.some(({ unknown }) => unknown) };
}

/** Whether one object may be of both types, as assignment allows: fewer fields, optional elements. */
function compatible(a: Type, b: Type): boolean {
  if (a.kind === 'optional') return compatible(a.of, b);
  if (b.kind === 'optional') return compatible(a, b.of);
  if (a.kind === 'array' && b.kind === 'array') return sameArrays(a, b);
  if (a.kind === 'record' && b.kind === 'record') {
    return a.fields.every((field) => {
      const twin = b.fields.find(({ name }) => name === field.name);
      return twin === undefined || compatible(field.type, twin.type);
    });
  }
  return a.kind === b.kind || a.kind === 'void' || b.kind === 'void';
}

function sameArrays(a: ArrayType, b: ArrayType): boolean {
  if (a.storage !== b.storage) return false;
  if (a.fixed !== undefined && b.fixed !== undefined && a.fixed !== b.fixed) return false;
  return compatible(a.elem, b.elem);
}
