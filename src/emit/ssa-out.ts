/**
 * From single assignment to variables. A carried value and the values it is made from and goes to become one `let`
 * wherever no two of them are alive at once; where they are, the end of the block copies, all copies of one place at
 * the same time:
 *
 *     loop carry a = p, b = q          let a = p;
 *       c = add a b             →      let b = q;
 *       yield again, b, c              … const aNext = b; b = a + b; a = aNext;
 *
 * This is the classical pessimistic coalescing (Chaitin) on the live ranges of `ranges.ts`: innermost copies first.
 */

import type { Atom, Type, Value } from '../ir/types.js';
import type { Folding } from './fold.js';
import { armOfChoice } from './fold.js';
import type { Needed } from './needed.js';
import type { Spans } from './ranges.js';
import { covered, include, overlap, Ranges } from './ranges.js';
import type { Node, Region } from './tree.js';
import { allNodes, falls, liveCarried, scopeOf } from './tree.js';
import { copiesOfEnd, usesOf } from './uses.js';
import { typeKey } from './types.js';
import { ValueMap, type ValueMembers } from '../ir/value.js';

const isReadonly = (type: Type): boolean => (type.kind === 'array' || type.kind === 'record') && type.readonly === true;

export interface Variable {
  readonly type: Type;
  readonly members: Value[];
  /** The block it is declared in. */
  home: Region;
  /** The first assignment: it declares the variable if it stands directly in `home`. */
  first: Place;
  writes: number;
  name: string;
}

export interface Place {
  readonly region: Region;
  readonly at: number;
}

/** One assignment among those at the end of a block or the entry of a loop. */
export interface Step {
  readonly target: Variable;
  readonly source: Atom | Variable;
}

export interface Variables {
  of(value: Value): Variable | undefined;
  readonly all: readonly Variable[];
  /** Assignments at the end of a block, or before a loop. */
  steps(at: Region | Node): readonly Step[];
  /** Variables declared without a value before a statement. */
  declaredBefore(node: Node): readonly Variable[];
  /** `if`s that are assigned as `c ? a : b`. */
  readonly choices: ReadonlySet<Node>;
  /** Holds whether the loop runs again, where the assignments at the end of its body change what that depends on. */
  again(at: Region): Variable | undefined;
}

interface Affinity {
  readonly target: Value;
  readonly source: Atom;
  readonly depth: number;
  readonly at: number;
  /** Where the copy stands, for writing the source's expression into it. */
  readonly region: Region;
}

const longestChoice = 10;

export interface VariablesInput {
  readonly root: Region;
  readonly params: readonly Value[];
  readonly needed: Needed;
  readonly folding: Folding;
  /** Arrays that may be taken from `out`: filling them reads what they are made from. */
  readonly kept: ValueMembers;
}

export function findVariables({ root, params, needed, folding, kept }: VariablesInput): Variables {
  const { folded } = folding;
  const ranges = new Ranges(root, needed, folding);
  const fixed = new Set(params);
  const classes = new Classes(ranges);

  const copies = collectCopies(root, needed, folded);
  for (const node of allNodes(root)) {
    for (const { param, result } of liveCarried(node, needed)) classes.join(param, result);
    if (node.stmt.kind === 'for') fixed.add(node.stmt.index);
  }
  const byDepth = copies.toSorted((a, b) => b.depth - a.depth || a.at - b.at);
  const join = ({ target, source }: Affinity) => {
    if (source.kind !== 'value' || folded.has(source) || fixed.has(source)) return;
    if (typeKey(source.type) === typeKey(target.type) && isReadonly(source.type) === isReadonly(target.type))
      classes.tryJoin(target, source);
  };
  const later = smallArms(root, needed, folding);
  for (const copy of byDepth) if (!later.has(copy.region)) join(copy);
  // What the user assigned to one variable is one variable: `x = f(x)`.
  for (const node of allNodes(root)) {
    const result = 'target' in node.stmt ? node.stmt.target : undefined;
    const target = result && needed.values.has(result) ? result : undefined;
    if (target?.name === undefined || folded.has(target) || kept.has(target)) continue;
    for (const { atom } of usesOf(node, needed)) {
      for (const source of ranges.leaves(atom)) {
        if (source.name === target.name) join({ target, source, depth: 0, at: node.at, region: node.region });
      }
    }
  }
  for (const copy of byDepth) {
    // `s` stays `s` in the other arm: then `if (c) s += x` is better than `s = c ? s + x : s`.
    const node = later.get(copy.region);
    const updates = node?.children.some(({ end }) =>
      copiesOfEnd(end, needed).some(
        ({ source }) => source.kind === 'value' && classes.find(source) === classes.find(copy.target),
      ),
    );
    if (updates === true) join(copy);
    sink(copy, classes, ranges, folding);
  }

  const choices = new Set<Node>();
  const variables = new Map<object, Variable>();
  const all: Variable[] = [];
  const add = (type: Type, members: Value[], region: Region): Variable => {
    const variable: Variable = {
      type,
      members,
      home: scopeOf(region),
      first: { region, at: Infinity },
      writes: 0,
      name: '',
    };
    all.push(variable);
    return variable;
  };
  const of = (value: Value): Variable | undefined => variables.get(classes.find(value));
  const appear = (value: Value, region: Region): Variable => {
    const known = of(value);
    if (known !== undefined) {
      known.home = common(known.home, scopeOf(region));
      return known;
    }
    const variable = add(value.type, classes.members(value), region);
    variables.set(classes.find(value), variable);
    return variable;
  };
  const write = (variable: Variable, region: Region, at: number) => {
    variable.home = common(variable.home, scopeOf(region));
    variable.writes += 1;
    if (at < variable.first.at) variable.first = { region, at };
  };

  const steps = new Map<Region | Node, readonly Step[]>();
  const assign = (key: Region | Node, region: Region, at: number, list: readonly { target: Value; source: Atom }[]) => {
    const moves = list.flatMap(({ target, source }) => {
      const variable = of(target);
      if (variable === undefined || (source.kind === 'value' && of(source) === variable)) return [];
      return [{ target: variable, source }];
    });
    if (moves.length === 0) return;
    const ordered = inOrder(
      moves,
      (source) => new Set(ranges.leaves(source).flatMap((leaf) => of(leaf) ?? [])),
      (type) => add(type, [], region),
    );
    for (const { target } of ordered) write(target, region, at);
    steps.set(key, ordered);
  };

  const visit = (region: Region) => {
    for (const node of region.nodes) {
      const { stmt } = node;
      if ('target' in stmt && stmt.target && needed.values.has(stmt.target) && !folded.has(stmt.target)) {
        write(appear(stmt.target, region), region, node.at + 1);
      }
      if (stmt.kind === 'if') {
        const results = stmt.results.filter((result) => needed.values.has(result) && !folded.has(result));
        for (const result of results) appear(result, region);
        const [only] = results;
        if (only !== undefined && results.length === 1 && isChoice(node, only)) {
          choices.add(node);
          const variable = of(only);
          if (variable !== undefined) write(variable, region, node.at + 1);
          continue;
        }
        if (folding.choices.has(node)) continue;
      }
      const carried = liveCarried(node, needed);
      for (const { param } of carried) appear(param, region);
      assign(
        node,
        region,
        node.at + 1,
        carried.map(({ param, init }) => ({ target: param, source: init })),
      );
      node.children.forEach(visit);
    }
    const { end } = region;
    const list = copiesOfEnd(end, needed).filter(({ target, source }) => !staysConstant(end, target, source));
    assign(region, region, region.stop + 1, list);
    if (end.kind === 'next' && end.again?.kind === 'value') saveAgain(region, end.again);
  };
  const tests = new Map<Region, Variable>();
  const saveAgain = (region: Region, again: Value) => {
    const list = steps.get(region) ?? [];
    const read = new Set(ranges.leaves(again).map(of));
    if (!list.some(({ target }) => read.has(target))) return;
    const saved = add({ kind: 'bool' }, [], region);
    saved.name = 'again';
    write(saved, region, region.stop + 1);
    tests.set(region, saved);
    steps.set(region, [{ target: saved, source: again }, ...list]);
  };

  const isChoice = (node: Node, result: Value): boolean => {
    if (node.stmt.kind !== 'if' || (node.region.end.kind === 'split' && node.region.end.node === node)) return false;
    const sources = node.children.map((child) => armOfChoice(child, needed, folded, folded));
    const target = of(result);
    let size = folding.size(node.stmt.cond);
    for (const source of sources) {
      if (source === undefined || (source.kind === 'value' && of(source) === target && target !== undefined))
        return false;
      if (source.kind === 'value' && folded.has(source) && folding.definitions.get(source)?.stmt.kind === 'if')
        return false;
      size += folding.size(source);
    }
    return size <= longestChoice;
  };

  /** A flag such as `returned` that is false in every iteration but the last need not be set to false again. */
  const constants = new ValueMap<boolean>();
  const staysConstant = (end: Region['end'], target: Value, source: Atom): boolean => {
    if (end.kind !== 'next' || source.kind !== 'const') return false;
    const init = liveCarried(end.node, needed).find(({ param }) => param === target)?.init;
    if (init?.kind !== 'const' || !Object.is(init.value, source.value)) return false;
    const known = constants.get(target);
    if (known !== undefined) return known;
    const inside = (value: Value) => value !== target && isWithin(ranges.definition(value)?.region, end.node);
    const stays =
      !classes.members(target).some(inside) &&
      endsOf(end.node).every((other) => {
        if (!falls(other)) return true;
        const yielded = copiesOfEnd(other.end, needed).find((copy) => copy.target === target)?.source;
        return yielded === target || (yielded?.kind === 'const' && Object.is(yielded.value, init.value));
      });
    constants.set(target, stays);
    return stays;
  };

  visit(root);
  const declared = new Map<Node, Variable[]>();
  for (const variable of all) {
    const node = declaration(variable);
    if (node === undefined) continue;
    const list = declared.get(node);
    if (list === undefined) declared.set(node, [variable]);
    else list.push(variable);
  }
  return {
    of,
    all: all.filter(({ writes }) => writes > 0),
    steps: (at) => steps.get(at) ?? [],
    declaredBefore: (node) => declared.get(node) ?? [],
    choices,
    again: (at) => tests.get(at),
  };
}

/** Arms that compute no more than one small value, of `if`s with two such arms; their values may be written `c ? a : b`. */
function smallArms(root: Region, needed: Needed, folding: Folding): Map<Region, Node> {
  const found = new Map<Region, Node>();
  for (const node of allNodes(root)) {
    if (node.stmt.kind !== 'if' || folding.choices.has(node)) continue;
    const sources = node.children.map((child) => armOfChoice(child, needed, folding.folded, folding.sinkable));
    let size = folding.size(node.stmt.cond);
    for (const source of sources) size += source === undefined ? Infinity : folding.size(source);
    if (size > longestChoice) continue;
    node.children.forEach((child, k) => {
      const source = sources[k];
      if (source?.kind === 'value' && folding.sinkable.has(source)) found.set(child, node);
    });
  }
  return found;
}

/** Sets of values that share a variable, with the union of their ranges. */
class Classes {
  readonly #of = new ValueMap<Class>();
  readonly #ranges: Ranges;

  constructor(ranges: Ranges) {
    this.#ranges = ranges;
  }

  find(value: Value): object {
    return this.#of.get(value) ?? value;
  }

  members(value: Value): Value[] {
    return this.#of.get(value)?.members ?? [value];
  }

  spans(value: Value): Spans {
    return this.#of.get(value)?.spans ?? this.#ranges.spans(value);
  }

  extend(value: Value, spans: Spans): void {
    const found = this.#of.get(value);
    if (found !== undefined) include(found.spans, spans);
  }

  join(a: Value, b: Value): void {
    const [one, other] = [this.#class(a), this.#class(b)];
    if (one === other) return;
    const [large, small] = one.members.length >= other.members.length ? [one, other] : [other, one];
    include(large.spans, small.spans);
    for (const member of small.members) {
      large.members.push(member);
      this.#of.set(member, large);
    }
  }

  tryJoin(a: Value, b: Value): void {
    const [one, other] = [this.#class(a), this.#class(b)];
    if (one !== other && !overlap(one.spans, other.spans)) this.join(a, b);
  }

  #class(value: Value): Class {
    let found = this.#of.get(value);
    if (found === undefined) {
      found = { members: [value], spans: this.#ranges.spans(value) };
      this.#of.set(value, found);
    }
    return found;
  }
}

interface Class {
  readonly members: Value[];
  readonly spans: number[];
}

function collectCopies(root: Region, needed: Needed, folded: ValueMembers): Affinity[] {
  const copies: Affinity[] = [];
  const visit = (region: Region, depth: number) => {
    for (const node of region.nodes) {
      for (const { param, init } of liveCarried(node, needed)) {
        copies.push({ target: param, source: init, depth, at: node.at, region });
      }
      const inner = node.stmt.kind === 'if' ? depth : depth + 1;
      for (const child of node.children) visit(child, inner);
    }
    for (const { target, source } of copiesOfEnd(region.end, needed)) {
      if (!folded.has(target)) copies.push({ target, source, depth, at: region.stop, region });
    }
  };
  visit(root, 0);
  return copies;
}

/**
 * `const xNext = x + v; …; x = xNext;` becomes `…; x = x + v;` if what the expression reads still has its value at
 * the end: no other member of a variable it reads is written in between.
 */
function sink({ target, source, at, region }: Affinity, classes: Classes, ranges: Ranges, folding: Folding): void {
  if (source.kind !== 'value' || !folding.sinkable.has(source) || classes.find(source) === classes.find(target)) return;
  if (source.name !== undefined && source.name !== target.name) return;
  const definition = ranges.definition(source);
  const node = folding.definitions.get(source);
  if (definition === undefined || node === undefined) return;
  folding.folded.add(source);
  const leaves = ranges.leaves(source);
  const [from, to] = [definition.at, at];
  const keeps = (leaf: Value) => covered(classes.spans(leaf), from, to) === covered(ranges.spans(leaf), from, to);
  if (!leaves.every(keeps)) {
    folding.folded.delete(source);
    return;
  }
  for (const leaf of leaves) {
    ranges.read(leaf, region, at);
    classes.extend(leaf, ranges.spans(leaf));
  }
}

/**
 * Orders assignments that happen at once so that none overwrites what a later one reads; where they go round in a
 * circle, one value waits in a new variable.
 */
function inOrder(
  moves: readonly { target: Variable; source: Atom }[],
  reads: (source: Atom) => ReadonlySet<Variable>,
  temporary: (type: Type) => Variable,
): Step[] {
  const waiting: { target: Variable; source: Atom | Variable; reads: ReadonlySet<Variable> }[] = moves.map((move) => ({
    ...move,
    reads: reads(move.source),
  }));
  const ordered: Step[] = [];
  while (waiting.length > 0) {
    const free = waiting.findIndex(({ target }, k) => waiting.every((other, j) => j === k || !other.reads.has(target)));
    const [move] = waiting.splice(Math.max(free, 0), 1);
    if (move === undefined) break;
    if (free >= 0) {
      ordered.push({ target: move.target, source: move.source });
      continue;
    }
    const saved = temporary(move.target.type);
    saved.name = `${move.target.members.find(({ name }) => name !== undefined)?.name ?? 'value'}Next`;
    ordered.push({ target: saved, source: move.source });
    waiting.push({ target: move.target, source: saved, reads: new Set() });
  }
  return ordered;
}

const parentOf = (scope: Region): Region => (scope.owner === undefined ? scope : scopeOf(scope.owner.region));

function depthOf(scope: Region): number {
  let depth = 0;
  for (let s = scope; s.owner !== undefined; s = parentOf(s)) depth += 1;
  return depth;
}

/** The innermost block around two. */
function common(a: Region, b: Region): Region {
  if (a === b) return a;
  let [one, other] = [a, b];
  let difference = depthOf(one) - depthOf(other);
  for (; difference > 0; difference--) one = parentOf(one);
  for (; difference < 0; difference++) other = parentOf(other);
  while (one !== other) [one, other] = [parentOf(one), parentOf(other)];
  return one;
}

/** The statement before which a variable is declared, if its first assignment cannot declare it. */
function declaration({ first, home, writes }: Variable): Node | undefined {
  if (writes === 0 || scopeOf(first.region) === home) return undefined;
  let region = first.region;
  for (;;) {
    const { owner } = region;
    if (owner === undefined) return undefined;
    if (!region.inline && scopeOf(owner.region) === home) return owner;
    region = owner.region;
  }
}

function isWithin(region: Region | undefined, node: Node): boolean {
  for (let r = region; r?.owner !== undefined; r = r.owner.region) if (r.owner === node) return true;
  return false;
}

/** The regions at whose ends an iteration of a loop ends. */
function endsOf(loop: Node): Region[] {
  const ends: Region[] = [];
  const visit = (region: Region) => {
    if (region.end.kind === 'split') region.end.node.children.forEach(visit);
    else if (region.end.kind === 'next') ends.push(region);
  };
  loop.children.forEach(visit);
  return ends;
}
