/** What a node or the end of a region reads, and in which role: the roles decide what may be folded into them. */

import type { Atom, Key, Value } from '../ir/types.js';
import { unreachable } from '../ir/visit.js';
import type { Needed } from './needed.js';
import type { End, Node } from './tree.js';
import { liveCarried } from './tree.js';

export type Role =
  | 'operand'
  | 'object'
  | 'index'
  /** The value of a store or push, a part of a literal, what is returned. */
  | 'whole'
  | 'size'
  | 'cond'
  | 'from'
  | 'to'
  /** Becomes a carried value or a result: there the two may be one variable. */
  | 'copy'
  /** Whether a loop runs again. */
  | 'again';

export interface Use {
  readonly atom: Atom;
  readonly role: Role;
}

const use = (atom: Atom, role: Role): Use => ({ atom, role });
const ofKey = (key: Key): Use[] => (key.kind === 'field' ? [] : [use(key, 'index')]);

export function usesOf(node: Node, needed: Needed): readonly Use[] {
  const { stmt } = node;
  switch (stmt.kind) {
    case 'let':
      return stmt.args.map((atom) => use(atom, 'operand'));
    case 'load':
      return [use(stmt.object, 'object'), ...ofKey(stmt.key)];
    case 'store':
      return [use(stmt.object, 'object'), ...ofKey(stmt.key), use(stmt.value, 'whole')];
    case 'length':
    case 'pop':
      return [use(stmt.object, 'object')];
    case 'alloc':
      return [use(stmt.length, 'size'), ...(stmt.fill === undefined ? [] : [use(stmt.fill, 'operand')])];
    case 'make':
      return stmt.parts.map((atom) => use(atom, 'whole'));
    case 'slice':
    case 'view': {
      const to = needed.toEnd.has(stmt) ? [] : [use(stmt.to, 'size')];
      return [use(stmt.object, 'object'), use(stmt.from, 'size'), ...to];
    }
    case 'push':
      return [use(stmt.object, 'object'), use(stmt.value, 'whole')];
    case 'resize':
      return [use(stmt.object, 'object'), use(stmt.length, 'size')];
    case 'throw':
      return stmt.message.map((atom) => use(atom, 'operand'));
    case 'call':
      return stmt.args.map((atom) => use(atom, 'whole'));
    case 'if':
      return [use(stmt.cond, 'cond')];
    case 'for':
      return [
        ...liveCarried(node, needed).map(({ init }) => use(init, 'copy')),
        use(stmt.from, 'from'),
        use(stmt.to, 'to'),
      ];
    case 'loop':
      return liveCarried(node, needed).map(({ init }) => use(init, 'copy'));
    case 'derive':
    case 'linear':
    case 'cell':
    case 'read':
    case 'write':
      throw new Error(`\`${stmt.kind}\` reaches the emitter`);
    default:
      return unreachable(stmt);
  }
}

export function usesOfEnd(end: End, needed: Needed): readonly Use[] {
  switch (end.kind) {
    case 'return':
      return end.values.map((atom) => use(atom, 'whole'));
    case 'yield':
    case 'next':
      return [
        ...copiesOfEnd(end, needed).map(({ source }) => use(source, 'copy')),
        ...(end.kind === 'next' && end.again !== undefined ? [use(end.again, 'again')] : []),
      ];
    default:
      return [];
  }
}

/** What an end assigns: results of the `if`, parameters of the loop. */
export function copiesOfEnd(end: End, needed: Needed): { target: Value; source: Atom }[] {
  if (end.kind === 'next') {
    return liveCarried(end.node, needed).flatMap(({ param, place }) => {
      const source = end.values[place];
      return source === undefined ? [] : [{ target: param, source }];
    });
  }
  if (end.kind === 'yield' && end.node.stmt.kind === 'if') {
    return end.node.stmt.results.flatMap((target, place) => {
      const source = end.values[place];
      return source === undefined || !needed.values.has(target) ? [] : [{ target, source }];
    });
  }
  return [];
}
