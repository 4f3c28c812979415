/**
 * The tree the emitter works on: the statements that are needed, with a position each, and blocks whose end says
 * what happens there. An `if` at the end of the function or of a `loop` becomes the end itself: its arms return,
 * leave the loop or run it again, each for itself. So early returns, `break` and `while` come back.
 */

import type { Atom, Block, Fn, If, Stmt, Value } from '../ir/types.js';
import type { Needed } from './needed.js';

export interface Region {
  readonly nodes: Node[];
  end: End;
  readonly owner: Node | undefined;
  /** The innermost loop around. */
  readonly loop: Node | undefined;
  /** Printed without braces of its own, after an `if` whose other arm does not get here. */
  inline: boolean;
  start: number;
  /** Where the end reads its atoms; what it writes is written at `stop + 1`. */
  stop: number;
}

export interface Node {
  readonly stmt: Stmt;
  readonly region: Region;
  readonly children: Region[];
  /** Where it reads its operands. A simple statement defines its target at `at + 1`, a loop its parameters. */
  at: number;
  /** Where the results of an `if` or a loop are defined. */
  after: number;
}

export type End =
  | { readonly kind: 'return'; readonly values: readonly Atom[] }
  /** The end of an arm: `values` become the results of `node`. */
  | { readonly kind: 'yield'; readonly node: Node; readonly values: readonly Atom[] }
  /** The end of a loop's body: `values` become the parameters. Without `again` it is a `for`. */
  | { readonly kind: 'next'; readonly node: Node; readonly again: Atom | undefined; readonly values: readonly Atom[] }
  /** The last node is an `if` whose arms end the region. */
  | { readonly kind: 'split'; readonly node: Node }
  /** Never reached. */
  | { readonly kind: 'stop' };

interface Finish {
  end(values: readonly Atom[]): End;
  splits(values: readonly Atom[], last: If): boolean;
}

export interface TreeOptions {
  /** What the end of the function reads for what the body yields. */
  readonly leaves: (values: readonly Atom[]) => readonly Atom[];
  /** Statements that are part of the way the result is returned. */
  readonly absorbed: ReadonlySet<Stmt>;
  /** Whether each arm of an `if` at the end returns for itself. */
  readonly splitReturns: boolean;
}

export function buildTree(fn: Fn, needed: Needed, { leaves, absorbed, splitReturns }: TreeOptions): Region {
  const region = (block: Block, owner: Node | undefined, loop: Node | undefined, finish: Finish): Region => {
    const here: Region = { nodes: [], end: { kind: 'stop' }, owner, loop, inline: false, start: 0, stop: 0 };
    const kept = block.stmts.filter((stmt) => needed.stmts.has(stmt) && !absorbed.has(stmt));
    for (const [k, stmt] of kept.entries()) {
      const node: Node = { stmt, region: here, children: [], at: 0, after: 0 };
      here.nodes.push(node);
      switch (stmt.kind) {
        case 'throw':
          return here;
        case 'if': {
          const splits = k === kept.length - 1 && finish.splits(block.yields, stmt);
          const inner = splits ? through(finish, block.yields, stmt) : arm(node);
          for (const child of [stmt.then, stmt.else]) node.children.push(region(child, node, loop, inner));
          flatten(node);
          if (splits || !node.children.some(falls)) {
            if (splits) here.end = { kind: 'split', node };
            return here;
          }
          break;
        }
        case 'for':
        case 'loop':
          node.children.push(region(stmt.body, node, node, stmt.kind === 'for' ? nextOfFor(node) : nextOfLoop(node)));
          break;
        default:
      }
    }
    here.end = finish.end(block.yields);
    return here;
  };
  const root = region(fn.body, undefined, undefined, {
    end: (values) => ({ kind: 'return', values: leaves(values) }),
    splits: () => splitReturns,
  });
  return root;
}

const arm = (node: Node): Finish => ({ end: (values) => ({ kind: 'yield', node, values }), splits: () => false });

const nextOfFor = (node: Node): Finish => ({
  end: (values) => ({ kind: 'next', node, again: undefined, values }),
  splits: () => false,
});

const nextOfLoop = (node: Node): Finish => ({
  end: ([again, ...values]) => ({ kind: 'next', node, again, values }),
  splits: ([again], last) => again?.kind === 'value' && last.results.includes(again),
});

/** How an arm of `last` finishes, where `last` is the last statement of a block that yields `values` to `finish`. */
function through(finish: Finish, values: readonly Atom[], last: If): Finish {
  const places = new Map<Atom, number>(last.results.map((result, k) => [result, k]));
  const follow = (yields: readonly Atom[]) => values.map((v) => yields[places.get(v) ?? -1] ?? v);
  return {
    end: (yields) => finish.end(follow(yields)),
    splits: (yields, stmt) => finish.splits(follow(yields), stmt),
  };
}

/** Whether control gets past the end of the region in the printed text. */
export function falls({ end }: Region): boolean {
  switch (end.kind) {
    case 'yield':
      return true;
    case 'next':
      return !(end.again?.kind === 'const' && end.again.value === false);
    case 'split':
      return end.node.children.some(falls);
    default:
      return false;
  }
}

/** `if (c) { …; break; } else { B }` is printed `if (c) { …; break; } B`. */
function flatten({ children: [then, otherwise] }: Node): void {
  if (then === undefined || otherwise === undefined) return;
  if (!falls(then)) otherwise.inline = true;
  else if (!falls(otherwise)) then.inline = true;
}

/** Numbers the tree; to be called once its order is final. */
export function place(root: Region): void {
  let position = 0;
  const next = () => {
    position += 2;
    return position;
  };
  const visit = (region: Region) => {
    region.start = next();
    for (const node of region.nodes) {
      node.at = next();
      node.children.forEach(visit);
      if (node.children.length > 0) node.after = next();
    }
    region.stop = next();
  };
  visit(root);
}

/** The region whose braces the text of `region` stands in. */
export function scopeOf(region: Region): Region {
  let scope = region;
  while (scope.inline && scope.owner !== undefined) scope = scope.owner.region;
  return scope;
}

/** The carried values of a loop that are needed, with their results. */
export function liveCarried(node: Node, needed: Needed): { param: Value; init: Atom; result: Value; place: number }[] {
  const { stmt } = node;
  if (stmt.kind !== 'for' && stmt.kind !== 'loop') return [];
  return stmt.carried.flatMap(({ param, init }, place) => {
    const result = stmt.results[place];
    return result !== undefined && needed.values.has(param) ? [{ param, init, result, place }] : [];
  });
}

export function* allNodes(region: Region): Generator<Node> {
  for (const node of region.nodes) {
    yield node;
    for (const child of node.children) yield* allNodes(child);
  }
}

export function* allRegions(region: Region): Generator<Region> {
  yield region;
  for (const node of region.nodes) for (const child of node.children) yield* allRegions(child);
}
