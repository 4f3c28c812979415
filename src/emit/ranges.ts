/**
 * Where values are alive: intervals of positions of the tree. An arm of an `if` in which a value is not used does
 * not belong to its range, and a value from outside a loop that is used in it is alive in all of it.
 */

import type { Atom, Value } from '../ir/types.js';
import type { Folding } from './fold.js';
import type { Needed } from './needed.js';
import type { Node, Region } from './tree.js';
import { allNodes, allRegions, liveCarried } from './tree.js';
import { copiesOfEnd, usesOf, usesOfEnd } from './uses.js';

/** Sorted, disjoint, not adjacent: start, end, start, end, …, both inclusive. */
export type Spans = readonly number[];

interface Definition {
  readonly region: Region;
  readonly at: number;
}

export class Ranges {
  readonly #definitions = new Map<Value, Definition>();
  /** Per value and region the last position at which it is read there or in a block inside. */
  readonly #last = new Map<Value, Map<Region, number>>();
  /** Positions at which copies write. */
  readonly #writes = new Map<Value, number[]>();
  readonly #folding: Folding;

  constructor(root: Region, needed: Needed, folding: Folding) {
    this.#folding = folding;
    for (const node of allNodes(root)) this.#define(node, needed);
    for (const region of allRegions(root)) {
      for (const node of region.nodes) this.#readBy(node, needed);
      for (const { atom } of usesOfEnd(region.end, needed)) this.read(atom, region, region.stop);
      for (const { target } of copiesOfEnd(region.end, needed)) this.#write(target, region.stop + 1);
    }
  }

  #define(node: Node, needed: Needed): void {
    const { stmt, region, at, after } = node;
    if ('target' in stmt && stmt.target) this.#definitions.set(stmt.target, { region, at: at + 1 });
    if ('results' in stmt) for (const result of stmt.results) this.#definitions.set(result, { region, at: after });
    const body = node.children[0];
    if (body === undefined) return;
    for (const { param } of liveCarried(node, needed)) {
      this.#definitions.set(param, { region: body, at: at + 1 });
      this.#write(param, at + 1);
    }
    if (stmt.kind === 'for') this.#definitions.set(stmt.index, { region: body, at: at + 1 });
  }

  #readBy(node: Node, needed: Needed): void {
    const { stmt } = node;
    if ('target' in stmt && stmt.target && this.#folding.folded.has(stmt.target)) return; // read by whoever reads the target
    const body = stmt.kind === 'for' ? node.children[0] : undefined;
    for (const { atom, role } of usesOf(node, needed)) {
      // The bound is read before every iteration.
      if (role === 'to' && body !== undefined) this.read(atom, body, body.stop);
      else this.read(atom, node.region, node.at);
    }
  }

  #write(value: Value, at: number): void {
    const found = this.#writes.get(value);
    if (found === undefined) this.#writes.set(value, [at]);
    else found.push(at);
  }

  /** Notes that an atom, or what is folded into it, is read in `region` at `at`. */
  read(atom: Atom, region: Region, at: number): void {
    for (const leaf of this.leaves(atom)) this.#readValue(leaf, region, at);
  }

  /** The variables that the expression for an atom reads. */
  leaves(atom: Atom): readonly Value[] {
    return leavesOf(atom, this.#folding);
  }

  #readValue(value: Value, region: Region, at: number): void {
    const definition = this.#definitions.get(value);
    if (definition === undefined) return; // a parameter: no other variable shares its name
    let last = this.#last.get(value);
    if (last === undefined) this.#last.set(value, (last = new Map()));
    let position = at;
    for (let r = region; ;) {
      if ((last.get(r) ?? -1) >= position) return;
      last.set(r, position);
      const { owner } = r;
      if (r === definition.region || owner === undefined) return;
      position = owner.stmt.kind === 'if' ? owner.at : owner.after - 1;
      r = owner.region;
    }
  }

  spans(value: Value): number[] {
    const pairs: [number, number][] = (this.#writes.get(value) ?? []).map((at) => [at, at]);
    const definition = this.#definitions.get(value);
    if (definition !== undefined) {
      pairs.push([definition.at, definition.at]);
      for (const [region, last] of this.#last.get(value) ?? []) {
        pairs.push([region === definition.region ? definition.at : region.start, Math.max(last, definition.at)]);
      }
    }
    return normalise(pairs);
  }

  /** Where a simple statement or a block defines the value. */
  definition(value: Value): Definition | undefined {
    return this.#definitions.get(value);
  }
}

export function leavesOf(atom: Atom, { folded, definitions }: Folding): readonly Value[] {
  if (atom.kind === 'const') return [];
  if (!folded.has(atom)) return [atom];
  const leaves: Value[] = [];
  const visit = (inner: Atom) => {
    if (inner.kind === 'const') return;
    const node = folded.has(inner) ? definitions.get(inner) : undefined;
    if (node === undefined) {
      leaves.push(inner);
      return;
    }
    const { stmt } = node;
    if (stmt.kind === 'if') {
      visit(stmt.cond);
      for (const { end } of node.children) if (end.kind === 'yield') visitYields(stmt.results, end.values, inner);
    } else {
      for (const { atom: operand } of usesOf(node, none)) visit(operand);
    }
  };
  const visitYields = (results: readonly Value[], values: readonly Atom[], result: Value) => {
    const source = values[results.indexOf(result)];
    if (source !== undefined) visit(source);
  };
  visit(atom);
  return leaves;
}

/** Reading a slice's bound that is not written does no harm. */
const none: Needed = { values: new Set(), stmts: new Set(), toEnd: new Set() };

function normalise(pairs: [number, number][]): number[] {
  pairs.sort((a, b) => a[0] - b[0]);
  const spans: number[] = [];
  for (const [start, end] of pairs) {
    const last = spans.at(-1);
    if (last !== undefined && start <= last + 1) spans[spans.length - 1] = Math.max(last, end);
    else spans.push(start, end);
  }
  return spans;
}

/** Adds `few` to `spans`, in place: a few intervals are inserted into many without touching the rest. */
export function include(spans: number[], few: Spans): void {
  for (let k = 0; k < few.length; k += 2) {
    let [start, end] = [few[k] ?? 0, few[k + 1] ?? 0];
    const from = firstEndingFrom(spans, start - 1);
    let to = from;
    for (; to < spans.length && (spans[to] ?? 0) <= end + 1; to += 2) {
      start = Math.min(start, spans[to] ?? 0);
      end = Math.max(end, spans[to + 1] ?? 0);
    }
    spans.splice(from, to - from, start, end);
  }
}

/** Index of the first interval of `spans` that ends at or after `position`, times two. */
function firstEndingFrom(spans: Spans, position: number): number {
  let low = 0;
  let high = spans.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[2 * middle + 1] ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

export function overlap(a: Spans, b: Spans): boolean {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  for (let k = 0; k < few.length; k += 2) {
    const found = firstEndingFrom(many, few[k] ?? 0);
    if (found < many.length && (many[found] ?? 0) <= (few[k + 1] ?? 0)) return true;
  }
  return false;
}

/** How many positions of from … to belong to `spans`. */
export function covered(spans: Spans, from: number, to: number): number {
  let sum = 0;
  for (let k = firstEndingFrom(spans, from); k < spans.length && (spans[k] ?? 0) <= to; k += 2) {
    sum += Math.min(to, spans[k + 1] ?? 0) - Math.max(from, spans[k] ?? 0) + 1;
  }
  return sum;
}
