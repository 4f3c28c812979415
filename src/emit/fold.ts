/**
 * Decides which values are written where they are used instead of getting a variable: a value without a name of the
 * user's that is used once, in the same loop, before anything it has read can change. Small sums such as `i + 1`
 * that only serve as indices and bounds are repeated.
 *
 * Folding is decided before variables are: it moves the reads of the operands, and so their live ranges.
 */

import { isConst, typeOf } from '../ir/build.js';
import { isReference } from '../ir/structure.js';
import type { Atom, Call, Stmt, Value } from '../ir/types.js';
import type { Access } from './effects.js';
import { Effects } from './effects.js';
import type { Needed } from './needed.js';
import type { End, Node, Region } from './tree.js';
import { allNodes, allRegions } from './tree.js';
import type { Role } from './uses.js';
import { copiesOfEnd, usesOf, usesOfEnd } from './uses.js';

export interface Folding {
  /** Written where they are used. */
  readonly folded: Set<Value>;
  /** May be written into the copy that is their only use, if they do not share a variable with its target. */
  readonly sinkable: Set<Value>;
  /** `if`s that are written `c ? a : b`. */
  readonly choices: Set<Node>;
  readonly definitions: ReadonlyMap<Value, Node>;
  /** How many names and literals an expression for the value has. */
  size(atom: Atom): number;
}

/** Names of the frontend's own: the condition of a loop, and what is returned. */
const ownNames = new Set(['again', 'result']);

/** An expression with more names and literals than this gets a name in the middle. */
const longest = 12;
const longestChoice = 10;
/** More reads than this are not kept in the air, which bounds the time for finding those that a store changes. */
const mostReads = 64;

interface Pending {
  readonly value: Value;
  readonly node: Node;
  readonly loop: Node | undefined;
  readonly size: number;
  readonly reads: readonly Access[];
  /** Cheap enough to be evaluated again and again as the bound of a loop. */
  readonly bound: boolean;
  /** `c ? a : b`, at the top or inside. */
  readonly choice: Node | undefined;
}

export interface FoldInput {
  readonly root: Region;
  readonly params: readonly Value[];
  /** The function may write to what it is given. */
  readonly called: boolean;
  readonly needed: Needed;
  /** Parts of the result that are used more often than the tree says: they are written twice. */
  readonly twice: ReadonlySet<Value>;
  /** Values that must keep a statement of their own, and literals that are part of the return statement. */
  readonly kept: ReadonlySet<Value>;
}

export function fold({ root, params, called, needed, twice, kept }: FoldInput): Folding {
  const effects = new Effects(called ? [] : params);
  const folded = new Set<Value>();
  const sinkable = new Set<Value>();
  const choices = new Set<Node>();
  const definitions = new Map<Value, Node>();
  const sizes = new Map<Value, number>();
  const pending = new Map<Value, Pending>();
  const reading = new Set<Pending>();
  const counts = countUses(root, needed, twice);

  const size = (atom: Atom) => (atom.kind === 'value' ? (sizes.get(atom) ?? 1) : 1);
  const drop = (value: Value) => {
    const found = pending.get(value);
    if (found === undefined) return;
    pending.delete(value);
    reading.delete(found);
  };
  const take = (found: Pending) => {
    folded.add(found.value);
    sizes.set(found.value, found.size);
    if (found.choice !== undefined) commitChoice(found.choice);
    drop(found.value);
  };
  const commitChoice = (node: Node) => {
    choices.add(node);
    for (const child of node.children) {
      for (const { source } of copiesOfEnd(child.end, needed)) {
        if (source.kind === 'value' && sinkable.delete(source)) folded.add(source);
      }
    }
  };

  /** Folds what may be folded into a reader; returns what the reader now contains. */
  const consume = (uses: readonly { atom: Atom; role: Role }[], region: Region): Pending[] => {
    const found = uses.flatMap(({ atom, role }) => {
      const entry = atom.kind === 'value' ? pending.get(atom) : undefined;
      return entry === undefined || role === 'copy' ? [] : [{ entry, role }];
    });
    const usable = found.filter(({ entry, role }) => {
      const fits = entry.loop === region.loop && accepts(role, entry);
      if (!fits) drop(entry.value);
      return fits;
    });
    // Where the whole gets too long, the longest operands keep a name.
    const most = uses.length > 3 && uses.every(({ role }) => role === 'whole') ? 3 * longest : longest + 2;
    const wide = uses.length > 6;
    let total = uses.reduce((sum, { atom }) => sum + (atom.kind === 'value' ? (pending.get(atom)?.size ?? 1) : 1), 0);
    const bySize = usable.map(({ entry }) => entry).sort((a, b) => b.size - a.size);
    while (!wide && total > most && (bySize[0]?.size ?? 1) > 2) {
      const entry = bySize.shift();
      if (entry === undefined) break;
      total -= entry.size - 1;
      drop(entry.value);
    }
    const taken = usable.map(({ entry }) => entry).filter((entry) => bySize.includes(entry));
    taken.forEach(take);
    return taken;
  };

  const offer = (
    value: Value,
    node: Node,
    parts: readonly Pending[],
    own: Access | undefined,
    extra: Partial<Pending>,
  ) => {
    if ((value.name !== undefined && !ownNames.has(value.name)) || kept.has(value) || counts.get(value)?.count !== 1)
      return;
    const reads = own === undefined ? parts.flatMap((p) => p.reads) : [own, ...parts.flatMap((p) => p.reads)];
    const leaves = usesOf(node, needed).length - parts.length;
    const entry: Pending = {
      value,
      node,
      loop: node.region.loop,
      size: Math.max(1, leaves + parts.reduce((sum, p) => sum + p.size, 0)),
      reads,
      bound: isBound(node.stmt) && parts.every((p) => p.bound),
      choice: undefined,
      ...extra,
    };
    pending.set(value, entry);
    if (reads.length > 0) {
      reading.add(entry);
      if (reading.size > mostReads) for (const oldest of reading) return drop(oldest.value);
    }
  };

  const visitEnd = (end: End, region: Region) => {
    const uses = usesOfEnd(end, needed);
    consume(uses, region);
    for (const { atom, role } of uses) {
      const entry = atom.kind === 'value' && role === 'copy' ? pending.get(atom) : undefined;
      if (entry !== undefined) settle(entry, region);
    }
  };
  /** A pending value that is copied here: it may be written into the copy. */
  const settle = (entry: Pending, region: Region) => {
    if (entry.loop === region.loop && entry.choice === undefined) {
      sinkable.add(entry.value);
      sizes.set(entry.value, entry.size);
      settled.set(entry.value, entry);
    }
    drop(entry.value);
  };
  const settled = new Map<Value, Pending>();

  const visit = (region: Region) => {
    for (const node of region.nodes) {
      const { stmt } = node;
      effects.define(stmt);
      if ('target' in stmt && stmt.target) definitions.set(stmt.target, node);
      const uses = usesOf(node, needed);
      if ('target' in stmt && stmt.target && isRepeated(node)) {
        folded.add(stmt.target);
        sizes.set(stmt.target, stmt.kind === 'let' ? stmt.args.length : 1);
        continue;
      }
      const parts = consume(uses, region);
      if (stmt.kind === 'for') keepChangingBound(node, parts);
      for (const { atom, role } of uses) {
        const entry = atom.kind === 'value' && role === 'copy' ? pending.get(atom) : undefined;
        if (entry !== undefined) settle(entry, region);
      }
      for (const entry of reading) if (entry.reads.some((read) => effects.clobbers(stmt, read))) drop(entry.value);
      if (stmt.kind === 'for') indices.add(stmt.index);
      for (const child of node.children) {
        visit(child);
        visitEnd(child.end, child);
      }
      if (isPure(stmt)) offer(stmt.target, node, parts, effects.read(stmt), {});
      else if (stmt.kind === 'call' && stmt.target && isPureCall(stmt)) offer(stmt.target, node, parts, undefined, {});
      else if (stmt.kind === 'if') offerChoice(node, parts);
    }
  };

  /** Whether the value is so small that it is written again wherever it is used. */
  const isRepeated = ({ stmt }: Node): boolean => {
    if (stmt.kind !== 'let' && stmt.kind !== 'length') return false;
    const { name: own } = stmt.target;
    const count = counts.get(stmt.target);
    if (count === undefined || kept.has(stmt.target)) return false;
    const isVariable = (atom: Atom | undefined): atom is Value =>
      atom?.kind === 'value' && !pending.has(atom) && !folded.has(atom);
    if (stmt.kind === 'length') {
      if (own !== undefined) return false;
      // Once in a check, and in its message.
      const stable = isVariable(stmt.object) && effects.read(stmt) === undefined;
      return stable && count.thrown > 0 && count.count - count.thrown <= 1;
    }
    const [name, shift] = stmt.args;
    // A name that another variable has already says no more than the sum.
    if (!isVariable(name) || (own !== undefined && own !== name.name)) return false;
    if (stmt.op === 'not') return true;
    if ((stmt.op !== 'add' && stmt.op !== 'sub') || shift?.kind !== 'const' || !Number.isInteger(shift.value))
      return false;
    return count.repeatable || definitions.get(name)?.stmt.kind === 'length' || indices.has(name);
  };
  const indices = new Set<Value>();

  /** `i < list.length` is for lists that do not change while the loop runs. */
  const keepChangingBound = (node: Node, parts: readonly Pending[]) => {
    for (const { value, reads } of parts) {
      if (node.stmt.kind !== 'for' || value !== node.stmt.to || reads.length === 0) continue;
      const body = node.children[0];
      if (body === undefined) continue;
      for (const inner of allNodes(body)) {
        if (reads.some((read) => effects.clobbers(inner.stmt, read))) {
          folded.delete(value);
          break;
        }
      }
    }
  };

  const offerChoice = (node: Node, cond: readonly Pending[]) => {
    const { stmt, children } = node;
    if (stmt.kind !== 'if' || node.region.end.kind === 'split') return;
    const arms = children.map((child) => armOfChoice(child, needed, folded, sinkable));
    const live = stmt.results.filter((result) => needed.values.has(result));
    const [result] = live;
    if (result === undefined || live.length > 1) return;
    const sources = arms.flatMap((source) => (source === undefined ? [] : [source]));
    if (sources.length < 2) return;
    const total = size(stmt.cond) + sources.reduce((sum, source) => sum + size(source), 0);
    if (total > longestChoice) return;
    const inside = sources.flatMap((source) => (source.kind === 'value' ? [settled.get(source)] : []));
    const parts = [...cond, ...inside].filter((p) => p !== undefined);
    offer(result, node, parts, undefined, { choice: node, size: total, bound: false });
    definitions.set(result, node);
  };

  visit(root);
  visitEnd(root.end, root);
  return { folded, sinkable, choices, definitions, size };
}

/** What an arm yields if it consists of nothing else. */
export function armOfChoice(
  arm: Region,
  needed: Needed,
  folded: ReadonlySet<Value>,
  sinkable: ReadonlySet<Value>,
): Atom | undefined {
  if (arm.end.kind !== 'yield') return undefined;
  const gone = (node: Node) => {
    const { stmt } = node;
    return 'target' in stmt && stmt.target !== undefined && (folded.has(stmt.target) || sinkable.has(stmt.target));
  };
  const copies = copiesOfEnd(arm.end, needed);
  return copies.length === 1 && arm.nodes.every(gone) ? copies[0]?.source : undefined;
}

interface Count {
  count: number;
  /** All uses are indices and bounds of loops. */
  repeatable: boolean;
  /** How many of the uses are in messages of errors. */
  thrown: number;
}

function countUses(root: Region, needed: Needed, twice: ReadonlySet<Value>): Map<Value, Count> {
  const counts = new Map<Value, Count>();
  const add = ({ atom, role }: { atom: Atom; role: Role }, thrown: boolean) => {
    if (atom.kind !== 'value') return;
    const found = counts.get(atom) ?? { count: twice.has(atom) ? 1 : 0, repeatable: true, thrown: 0 };
    counts.set(atom, found);
    found.count += 1;
    found.repeatable &&= role === 'index' || role === 'from' || role === 'to';
    if (thrown) found.thrown += 1;
  };
  for (const node of allNodes(root)) usesOf(node, needed).forEach((use) => add(use, node.stmt.kind === 'throw'));
  for (const region of allRegions(root)) usesOfEnd(region.end, needed).forEach((use) => add(use, false));
  return counts;
}

type Pure = Extract<Stmt, { kind: 'let' | 'load' | 'length' | 'alloc' | 'make' | 'slice' | 'view' }>;

/** Pure, and reads no memory. */
const isPureCall = ({ effects, args }: Call): boolean => !effects && !args.some((arg) => isReference(typeOf(arg)));

const isPure = (stmt: Stmt): stmt is Pure =>
  stmt.kind === 'let' || stmt.kind === 'load' || stmt.kind === 'length' || makesObject(stmt) || stmt.kind === 'view';

const makesObject = (stmt: Stmt): stmt is Extract<Stmt, { kind: 'alloc' | 'make' | 'slice' }> =>
  stmt.kind === 'alloc' || stmt.kind === 'make' || stmt.kind === 'slice';

function isBound(stmt: Stmt): boolean {
  if (stmt.kind === 'length') return true;
  return (
    stmt.kind === 'let' && (stmt.op === 'add' || stmt.op === 'sub') && stmt.args.every((arg) => !isConst(arg, NaN))
  );
}

function accepts(role: Role, { node: { stmt }, size, bound, choice }: Pending): boolean {
  if (choice !== undefined) return role === 'whole';
  switch (role) {
    case 'to':
      return bound && size <= 3;
    case 'object':
      // A literal or a new array has no other reference than this one: writing to it would be lost on a reader.
      return !makesObject(stmt);
    case 'index':
      return size <= 4;
    default:
      return true;
  }
}
