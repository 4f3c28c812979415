/**
 * Objects whose every use is understood become scalars, one per element or field.
 *
 *     p = make { x: a, y: b }              x = add a c
 *     p.x += c                       →     b used in place of y
 *     x = load p.x
 *     y = load p.y
 *
 * The parts become cells, reads and writes of the object reads and writes of cells, and `ssa` does the rest. A reference
 * that passes through an `if` or a loop stands for a copy of the parts: the copy has cells of its own. That is right
 * where nobody can tell the copy from the object:
 *
 * - the objects are only written before the first such passage (or never), or
 * - every passage is the last use of the name that is passed on.
 *
 * A parameter, or any other object that is not written here, may take part as a source of such copies. What is returned
 * is put together again right before the end. Objects inside of objects follow when those around them are gone.
 */

import { absent, constant, elementType, field, isConst, num, typeOf, value } from '../ir/build.js';
import { statements } from '../ir/visit.js';
import type { ArrayType, Atom, Block, Cell, Fn, Key, Origin, RecordType, Stmt, Type, Value } from '../ir/types.js';
import type { Pass } from './pass.js';
import { Provenance } from './provenance.js';
import { isAbsent, precedes, References, runsOnce, type Move, type Reference } from './references.js';
import { carriedAs, Splitting, type Parts } from './split.js';
import { append } from '../ir/lists.js';

const mostElements = 16;
const mostFields = 64;
/** Deeper nesting of objects than this does not occur. */
const mostRounds = 20;

export const scalarReplacement: Pass = {
  name: 'scalar-replacement',
  run(fn) {
    let current = fn;
    for (let round = 0; round < mostRounds; round++) {
      const groups = replaceable(current);
      if (groups.length === 0) break;
      current = new Rewriting(groups).run(current);
    }
    return current;
  },
};

/** References that may stand for one another, to be replaced together or not at all. */
interface Group {
  readonly members: Map<Value, Reference>;
  readonly moves: Move[];
  readonly references: References;
}

// ---------------------------------------------------------------- which

function replaceable(fn: Fn): readonly Group[] {
  if (!mayHaveObjects(fn.body)) return [];
  const references = new References(fn);
  let groups = grouped(references).filter(isUnderstood);
  let provenance: Provenance | undefined;
  // Sources from elsewhere must not be written while their copy lives: by anything that is not itself replaced.
  for (;;) {
    const foreign = new Set(groups.flatMap(foreignSources));
    if (foreign.size === 0) return groups;
    const known = (provenance ??= new Provenance(fn));
    const written = writtenObjects(fn, new Set(groups.flatMap(({ members }) => [...members.keys()])));
    const clobbered = new Set(
      [...foreign].filter((atom) => written === 'any' || written.some((w) => known.mayAlias(w, atom))),
    );
    if (clobbered.size === 0) return groups;
    groups = groups.filter((group) => !foreignSources(group).some((atom) => clobbered.has(atom)));
  }
}

function mayHaveObjects(block: Block): boolean {
  for (const { kind } of statements(block)) {
    if (kind === 'make' || kind === 'alloc' || kind === 'slice') return true;
  }
  return false;
}

const foreignSources = ({ moves, members }: Group): readonly Atom[] =>
  moves.map(({ from }) => from).filter((atom) => !isAbsent(atom) && !(atom.kind === 'value' && members.has(atom)));

/** Objects that the function writes to, other than `replaced` ones. */
function writtenObjects(fn: Fn, replaced: ReadonlySet<Value>): readonly Atom[] | 'any' {
  const written: Atom[] = [];
  for (const stmt of statements(fn.body)) {
    if (stmt.kind === 'derive' && stmt.into !== undefined) return 'any';
    if (stmt.kind === 'call' && stmt.effects) return 'any';
    if (stmt.kind !== 'store' && stmt.kind !== 'push' && stmt.kind !== 'pop' && stmt.kind !== 'resize') continue;
    if (stmt.object.kind !== 'value' || !replaced.has(stmt.object)) written.push(stmt.object);
  }
  return written;
}

function grouped(references: References): readonly Group[] {
  const leader = new Map<Value, Value>();
  const find = (v: Value): Value => {
    let root = v;
    for (let next = leader.get(root); next !== undefined && next !== root; next = leader.get(root)) root = next;
    leader.set(v, root);
    return root;
  };
  const takesPart = (atom: Atom): atom is Value => {
    const origin = references.get(atom)?.origin;
    return origin !== undefined && origin !== 'foreign';
  };
  const join = (a: Atom, b: Atom) => {
    if (takesPart(a) && takesPart(b)) leader.set(find(a), find(b));
  };
  for (const { from, to } of references.moves) join(from, to);
  for (const { value: v, definition } of references.all.values()) {
    if (definition?.kind === 'view') join(v, definition.object);
    const param = carriedAs(v, definition);
    if (param !== undefined) join(v, param);
  }
  const groups = new Map<Value, Group>();
  const groupOf = (v: Value): Group => {
    const root = find(v);
    let group = groups.get(root);
    if (group === undefined) groups.set(root, (group = { members: new Map(), moves: [], references }));
    return group;
  };
  for (const reference of references.all.values()) {
    if (takesPart(reference.value)) groupOf(reference.value).members.set(reference.value, reference);
  }
  for (const move of references.moves) groupOf(move.to).moves.push(move);
  return [...groups.values()];
}

function isUnderstood(group: Group): boolean {
  const { members, moves, references } = group;
  const shape = shapeOf(group);
  if (shape === undefined) return false;
  for (const member of members.values()) {
    const length = lengthWithin(member, shape);
    if (length === undefined) return false;
    if (!member.uses.every(({ role, stmt }) => role === 'move' || role === 'result' || understood(stmt, shape, length)))
      return false;
  }
  for (const { from } of moves) {
    const source = references.get(from);
    if (source?.origin === 'foreign' && !fitsType(typeOf(from), shape)) return false;
    // A view of some of the elements is another array than the whole.
    if (source?.origin === 'view' && shape !== 'record' && lengthWithin(source, shape) !== shape.length) return false;
  }
  return copiesAreSafe(group);
}

/** Number of elements and storage for arrays. */
type Shape = 'record' | { readonly length: number; readonly storage: ArrayType['storage'] };

function shapeOf({ members }: Group): Shape | undefined {
  for (const { value: v, origin, definition } of members.values()) {
    if (origin !== 'fresh' || definition === undefined) continue;
    if (v.type.kind === 'record') return v.type.fields.length <= mostFields ? 'record' : undefined;
    if (v.type.kind !== 'array') return undefined;
    const { storage } = v.type;
    const length = lengthOf(definition, v.type);
    if (length === undefined || length > mostElements || storage === 'u8' || storage === 'i32') return undefined;
    return { length, storage };
  }
  return undefined;
}

function lengthOf(definition: Stmt, type: ArrayType): number | undefined {
  switch (definition.kind) {
    case 'make':
      return definition.parts.length;
    case 'alloc':
      return wholeOf(definition.length);
    case 'slice': {
      const [from, to] = [wholeOf(definition.from), wholeOf(definition.to)];
      const whole = typeOf(definition.object);
      if (from === undefined) return undefined;
      if (to === undefined) return from === 0 ? type.fixed : undefined;
      // A slice of fewer elements than it asks for would be shorter.
      return whole.kind === 'array' && whole.fixed !== undefined && to <= whole.fixed ? to - from : undefined;
    }
    default:
      return undefined;
  }
}

function wholeOf(atom: Atom): number | undefined {
  return isConst(atom) && typeof atom.value === 'number' && Number.isInteger(atom.value) && atom.value >= 0
    ? atom.value + 0
    : undefined;
}

/** The number of elements of a member of a group of this shape (0 for records); undefined if it does not fit in. */
function lengthWithin({ value: { type }, origin, definition }: Reference, shape: Shape): number | undefined {
  if (type.kind === 'record') return shape === 'record' && type.fields.length <= mostFields ? 0 : undefined;
  if (type.kind !== 'array' || shape === 'record' || type.storage !== shape.storage) return undefined;
  if (origin === 'merge') return shape.length;
  if (origin === 'fresh') return definition && lengthOf(definition, type) === shape.length ? shape.length : undefined;
  // A view is part of its array; its elements are the array's.
  if (definition?.kind !== 'view') return undefined;
  const range = rangeOf(definition, shape.length);
  return range && range.to - range.from;
}

/** A source from elsewhere must have its shape by its type alone. */
function fitsType(type: Type, shape: Shape): boolean {
  if (type.kind === 'record') return shape === 'record' && type.fields.length <= mostFields;
  return type.kind === 'array' && shape !== 'record' && type.fixed === shape.length && type.storage === shape.storage;
}

function understood(stmt: Stmt | undefined, shape: Shape, length: number): boolean {
  switch (stmt?.kind) {
    case 'load':
    case 'store': {
      const part = partOf(stmt.key);
      return part !== undefined && (shape === 'record' || Number(part) < length);
    }
    case 'length':
      return shape !== 'record';
    case 'slice':
      return rangeOf(stmt, length) !== undefined;
    case 'view':
      return shape !== 'record' && shape.length === length;
    default:
      return false;
  }
}

/** The range of a slice or view, if it is known and lies within an array of this length. */
function rangeOf(stmt: { from: Atom; to: Atom }, length: number): { from: number; to: number } | undefined {
  const [from, to] = [wholeOf(stmt.from), wholeOf(stmt.to)];
  return from === undefined || to === undefined || from > to || to > length ? undefined : { from, to };
}

/** The name of the part that a key of an access means, if it is known now. */
function partOf(key: Key): string | undefined {
  if (key.kind === 'field') return key.name;
  const index = wholeOf(key);
  return index === undefined ? undefined : String(index);
}

function copiesAreSafe(group: Group): boolean {
  const { members, moves, references } = group;
  const all = [...members.values()];
  const writes = all.flatMap((member) =>
    member.uses.filter(({ role }) => role === 'write').map((use) => ({ member, use })),
  );
  if (moves.length === 0 || writes.length === 0) return true;
  if (all.some(({ origin }) => origin === 'view')) return false;

  const outgoing = new Map<Atom, Move[]>();
  for (const move of moves) append(outgoing, move.from, move);
  const beforeMoves = writes.every(({ member, use }) => {
    if (member.origin !== 'fresh') return false;
    return (outgoing.get(member.value) ?? []).every(({ place }) => precedes(use.place, place, member.home.region));
  });
  if (beforeMoves) return true;

  return moves.every(({ from, place }) => {
    if (isAbsent(from)) return true;
    const source = references.get(from);
    if (source === undefined || source.origin === 'foreign') return false;
    const { region } = source.home;
    const others = source.uses.filter((use) => use.role !== 'move' || use.place !== place);
    if (others.length !== source.uses.length - 1 || !runsOnce(place, region)) return false;
    return others.every((use) => precedes(use.place, place, region));
  });
}

// ---------------------------------------------------------------- how

class Rewriting extends Splitting {
  private readonly returned: Value[] = [];
  private tail: ReadonlySet<Stmt> = new Set();

  constructor(groups: readonly Group[]) {
    super();
    for (const group of groups) this.cells(group);
  }

  run(fn: Fn): Fn {
    const stmts: Stmt[] = [];
    const split = fn.body.stmts.findIndex((stmt) => this.tail.has(stmt));
    this.all(split < 0 ? fn.body.stmts : fn.body.stmts.slice(0, split), stmts);
    const { origin } = fn.body.stmts.at(-1) ?? fn;
    for (const v of this.returned) {
      const parts = [...(this.parts.get(v)?.keys() ?? [])].map((name) => this.read(stmts, v, name, origin) ?? absent);
      stmts.push({ kind: 'make', target: v, parts, origin });
    }
    if (split >= 0) stmts.push(...fn.body.stmts.slice(split));
    return this.promoted(fn, { stmts, yields: fn.body.yields });
  }

  private cells(group: Group): void {
    const shape = shapeOf(group);
    if (shape === undefined) return;
    this.tail = group.references.tail;
    // Results of loops share the cells of the carried value, views those of their array: after the others.
    const members = [...group.members.values()];
    for (const { value: v, definition, uses } of members) {
      if (uses.some(({ role }) => role === 'result')) this.returned.push(v);
      if (definition?.kind !== 'view' && carriedAs(v, definition) === undefined)
        this.parts.set(v, this.partsOf(v, shape));
    }
    for (const { value: v, definition } of members) {
      const param = carriedAs(v, definition);
      const shared = param && this.parts.get(param);
      if (shared !== undefined) this.parts.set(v, shared);
      else if (definition?.kind === 'view' && shape !== 'record') {
        const range = rangeOf(definition, shape.length);
        const cells = [...(this.get(definition.object)?.values() ?? [])].slice(range?.from, range?.to);
        this.parts.set(v, new Map(cells.map((cell, k) => [String(k), cell])));
      }
    }
  }

  private partsOf(v: Value, shape: Shape): Parts {
    const parts = new Map<string, Cell>();
    for (const { name, type } of partTypes(v.type, shape)) {
      parts.set(name, { name: partName(v, name), type });
    }
    return parts;
  }

  protected override plain(stmt: Stmt, out: Stmt[]): void {
    switch (stmt.kind) {
      case 'make':
      case 'alloc':
      case 'slice':
        return this.create(stmt, out);
      case 'view':
        if (!this.parts.has(stmt.target)) out.push(stmt);
        return;
      case 'load': {
        const cell = this.cell(stmt.object, stmt.key);
        if (cell === undefined) out.push(stmt);
        else out.push({ kind: 'read', target: stmt.target, cell, origin: stmt.origin });
        return;
      }
      case 'store': {
        const cell = this.cell(stmt.object, stmt.key);
        if (cell === undefined) {
          out.push(stmt);
          return;
        }
        const { origin } = stmt;
        let stored = stmt.value;
        if (stmt.add) {
          const [before, sum] = [value(num), value(num)];
          out.push({ kind: 'read', target: before, cell, origin });
          out.push({ kind: 'let', target: sum, op: 'add', args: [before, stored], origin });
          stored = sum;
        }
        out.push({ kind: 'write', cell, value: rounded(out, typeOf(stmt.object), stored, origin), origin });
        return;
      }
      case 'length': {
        const parts = this.get(stmt.object);
        if (parts === undefined) {
          out.push(stmt);
          return;
        }
        const cell: Cell = { name: '', type: num };
        out.push({ kind: 'cell', cell, init: constant(parts.size), origin: stmt.origin });
        out.push({ kind: 'read', target: stmt.target, cell, origin: stmt.origin });
        return;
      }
      default:
        out.push(stmt);
    }
  }

  private create(stmt: Extract<Stmt, { kind: 'make' | 'alloc' | 'slice' }>, out: Stmt[]): void {
    const { target, origin } = stmt;
    const own = this.parts.get(target);
    const from = stmt.kind === 'slice' ? this.get(stmt.object) : undefined;
    const first = stmt.kind === 'slice' ? (wholeOf(stmt.from) ?? 0) : 0;
    if (own === undefined) {
      if (stmt.kind !== 'slice' || from === undefined) {
        out.push(stmt);
        return;
      }
      // A copy of something replaced is made from its parts.
      const names = [...from.keys()].slice(first, wholeOf(stmt.to));
      out.push({
        kind: 'make',
        target,
        parts: names.map((name) => this.read(out, stmt.object, name, origin) ?? absent),
        origin,
      });
      return;
    }
    [...own].forEach(([name, cell], k) => {
      let init: Atom | undefined;
      if (stmt.kind === 'make') init = rounded(out, target.type, stmt.parts[k] ?? absent, origin);
      else if (stmt.kind === 'slice') init = this.read(out, stmt.object, String(Number(name) + first), origin);
      else if (stmt.fill !== undefined) init = rounded(out, target.type, stmt.fill, origin);
      // Elements of a list without `fill` are stored before they are read; those of a typed array are 0.
      out.push({ kind: 'cell', cell, init, origin });
    });
  }

  protected override read(out: Stmt[], source: Atom, name: string, origin: Origin | undefined): Atom | undefined {
    if (isAbsent(source)) return undefined;
    // The type of a copy may have an optional field more than its source: `absent`.
    const parts = this.get(source);
    if (parts !== undefined) {
      const cell = parts.get(name);
      if (cell === undefined) return absent;
      const target = value(cell.type, cell.name);
      out.push({ kind: 'read', target, cell, origin });
      return target;
    }
    const type = typeOf(source);
    if (type.kind === 'record' && !type.fields.some((f) => f.name === name)) return absent;
    const key = type.kind === 'record' ? field(name) : constant(Number(name));
    const target = value(elementType(type, key), source.kind === 'value' ? partName(source, name) : undefined);
    out.push({ kind: 'load', target, object: source, key, origin });
    return target;
  }

  private cell(object: Atom, key: Key): Cell | undefined {
    const part = partOf(key);
    return part === undefined ? undefined : this.get(object)?.get(part);
  }
}

function partTypes(type: Type, shape: Shape): RecordType['fields'] {
  if (type.kind === 'record') return type.fields;
  if (type.kind !== 'array' || shape === 'record') return [];
  return Array.from({ length: shape.length }, (_, k) => ({ name: String(k), type: type.elem }));
}

/** `state.x` is `stateX`, `v[0]` is `v0`. */
function partName(v: Value, name: string): string {
  if (v.name === undefined) return /^\d/.test(name) ? `part${name}` : name;
  return v.name + name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** What an array of this type holds once `atom` is stored in it. */
function rounded(out: Stmt[], type: Type, atom: Atom, origin: Origin | undefined): Atom {
  if (type.kind !== 'array' || type.storage !== 'f32') return atom;
  if (atom.kind === 'const') return typeof atom.value === 'number' ? constant(Math.fround(atom.value)) : atom;
  const target = value(num);
  out.push({ kind: 'let', target, op: 'fround', args: [atom], origin });
  return target;
}
