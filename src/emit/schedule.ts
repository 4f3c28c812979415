/**
 * Moves the next value of a carried one down to its first use, if the present value is still read above that:
 *
 *     xNext = x + v               xi = xi + f * x
 *     xi = xi + f * x       →     x = x + v
 *     c = p(xNext)                c = p(x)
 *
 * Then the two can be one variable. Only scalar operations move: they neither read memory nor change any.
 */

import type { Atom, Value } from '../ir/types.js';
import type { Folding } from './fold.js';
import type { Needed } from './needed.js';
import { leavesOf } from './ranges.js';
import type { Node, Region } from './tree.js';
import { allRegions } from './tree.js';
import { copiesOfEnd, usesOf, usesOfEnd } from './uses.js';

/** Beyond this many (statements × carried values) the search is not worth its time. */
const mostWork = 100_000;

/** `folding` is what would be folded in the present order; it has to be found again if this returns true. */
export function schedule(root: Region, needed: Needed, folding: Folding): boolean {
  let moved = false;
  for (const region of allRegions(root)) {
    if (region.end.kind !== 'next') continue;
    const copies = copiesOfEnd(region.end, needed);
    if (copies.length * region.nodes.length > mostWork) continue;
    for (const { target, source } of copies) {
      if (source.kind !== 'value' || source === target || folding.folded.has(source)) continue;
      if (delay(region, target, source, new Reading(needed, folding))) moved = true;
    }
  }
  return moved;
}

function delay({ nodes }: Region, present: Value, next: Value, reading: Reading): boolean {
  const from = nodes.findIndex(({ stmt }) => stmt.kind === 'let' && stmt.target === next);
  const node = nodes[from];
  if (node === undefined) return false;
  let to = from + 1;
  let isRead = false;
  for (; to < nodes.length; to++) {
    const reader = nodes[to];
    if (reader === undefined || reading.reads(reader, next)) break;
    isRead ||= reading.reads(reader, present);
  }
  if (!isRead || nodes.slice(to).some((later) => reading.reads(later, present))) return false;
  nodes.splice(from, 1);
  nodes.splice(to - 1, 0, node);
  return true;
}

class Reading {
  readonly #needed: Needed;
  readonly #folding: Folding;

  constructor(needed: Needed, folding: Folding) {
    this.#needed = needed;
    this.#folding = folding;
  }

  /** Whether a statement, with what is folded into it, or a block inside it reads the value. */
  reads(node: Node, value: Value): boolean {
    const { stmt } = node;
    if ('target' in stmt && stmt.target && this.#folding.folded.has(stmt.target)) return false; // its reader does
    const is = ({ atom }: { atom: Atom }) => leavesOf(atom, this.#folding).includes(value);
    if (usesOf(node, this.#needed).some(is)) return true;
    return node.children.some(
      (child) => child.nodes.some((inner) => this.reads(inner, value)) || usesOfEnd(child.end, this.#needed).some(is),
    );
  }
}
