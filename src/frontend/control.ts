/**
 * Early exits become structure. A `return`, `break` or `continue` inside of a statement means that what follows the
 * statement runs in some cases only; what follows goes
 *
 *   - into the arm of an `if` whose other arm is left:   if (c) return a; rest    →   if c { result = a } else { rest }
 *   - else behind a flag that exits set:                 { …if (d) break l;… } rest   →   …left = true… ; if !left { rest }
 *
 * It is never written twice, so code stays linear in the size of the source.
 */

import { ts } from 'ts-morph';
import { bool, no, yes } from '../ir/build.js';
import type { Atom, Cell } from '../ir/types.js';
import type { Lower } from './context.js';
import { catching, either, type Exit, type Flow, none, sequence } from './flow.js';
import { Scope } from './values.js';

/** A statement still to be lowered and the scope it stands in, or a step that has no statement of its own. */
export type Entry = SourceEntry | RunEntry | BranchEntry;

interface SourceEntry {
  readonly kind: 'source';
  readonly node: ts.Statement;
  readonly scope: Scope;
}

interface RunEntry {
  readonly kind: 'run';
  readonly flow: Flow;
  readonly run: () => void;
}

/** An `if`: what follows it may be put into its arms. */
interface BranchEntry {
  readonly kind: 'branch';
  readonly cond: () => Atom;
  readonly then: readonly Entry[];
  readonly else: readonly Entry[];
}

export const source = (node: ts.Statement, scope: Scope): Entry => ({ kind: 'source', node, scope });
export const run = (step: () => void, flow: Flow = none): Entry => ({ kind: 'run', flow, run: step });
export const branch = (cond: () => Atom, then: readonly Entry[], otherwise: readonly Entry[] = []): Entry => ({
  kind: 'branch',
  cond,
  then,
  else: otherwise,
});

/** The statements of a block, in a scope of their own, in which its functions and classes are known from the start. */
export function entries(list: readonly ts.Statement[], outer: Scope): readonly Entry[] {
  const scope = new Scope(outer);
  hoist(list, scope);
  return list.map((node) => source(node, scope));
}

/** A statement as a list: the statements of a block, or itself. */
export const arm = (node: ts.Statement | undefined, scope: Scope): readonly Entry[] => {
  if (node === undefined) return [];
  return ts.isBlock(node) ? entries(node.statements, scope) : [source(node, scope)];
};

export function hoist(list: readonly ts.Statement[], scope: Scope): void {
  for (const node of list) {
    if (ts.isFunctionDeclaration(node) && node.name !== undefined && node.body !== undefined) {
      scope.bind(node.name.text, { kind: 'function', node, scope, name: node.name.text });
    } else if (ts.isClassDeclaration(node) && node.name !== undefined) {
      scope.bind(node.name.text, { kind: 'class', node, scope, name: node.name.text });
    }
  }
}

export function flowOf(list: readonly Entry[], cx: Lower): Flow {
  const { flow } = cx.session.program;
  return sequence(
    list.map((entry) => {
      if (entry.kind === 'source') return flow.of(entry.node);
      return entry.kind === 'run' ? entry.flow : either([flowOf(entry.then, cx), flowOf(entry.else, cx)]);
    }),
  );
}

/** Lowers one statement after the other, each only if the one before it has reached its end. */
export function lowerList(list: readonly Entry[], cx: Lower): void {
  for (const [k, entry] of list.entries()) {
    const flow = flowOf([entry], cx);
    if (flow.exits.size > 0 && flow.completes && k < list.length - 1) {
      return lowerLeavable(entry, flow, list.slice(k + 1), cx);
    }
    lowerEntry(entry, cx);
    if (!flow.completes) return;
  }
}

function lowerEntry(entry: Entry, cx: Lower): void {
  if (entry.kind === 'run') entry.run();
  else if (entry.kind === 'branch')
    cx.branch(
      entry.cond(),
      () => lowerList(entry.then, cx),
      () => lowerList(entry.else, cx),
    );
  else cx.inScope(entry.scope, () => cx.session.handlers.statement(entry.node, cx));
}

/** An entry with exits and `rest` after it. */
function lowerLeavable(entry: Entry, flow: Flow, rest: readonly Entry[], cx: Lower): void {
  if (entry.kind === 'source') {
    const { node, scope } = entry;
    // Opened up, so that the rest can go into their arms; each keeps its own scope.
    if (ts.isBlock(node)) return lowerList([...entries(node.statements, scope), ...rest], cx);
    if (ts.isIfStatement(node)) return lowerList([ifEntry(node, scope, cx), ...rest], cx);
    if (ts.isSwitchStatement(node)) {
      return lowerList([...cx.session.handlers.switchEntries(node, scope, cx), ...rest], cx);
    }
  }
  if (entry.kind === 'branch') {
    const thenEnds = !flowOf(entry.then, cx).completes;
    const elseEnds = !flowOf(entry.else, cx).completes;
    if (thenEnds || elseEnds) {
      const cond = entry.cond();
      const then = thenEnds ? entry.then : [...entry.then, ...rest];
      const otherwise = elseEnds ? entry.else : [...entry.else, ...rest];
      return cx.branch(
        cond,
        () => lowerList(then, cx),
        () => lowerList(otherwise, cx),
      );
    }
  }
  const flag = guardFlag(flow, cx);
  lowerEntry(entry, cx);
  flag.close();
  cx.branch(cx.not(cx.readCell(flag.cell)), () => lowerList(rest, cx));
}

export function ifEntry(node: ts.IfStatement, scope: Scope, cx: Lower): Entry {
  const cond = () =>
    cx.inScope(scope, () => {
      cx.at(node);
      return cx.condition(node.expression);
    });
  return branch(cond, arm(node.thenStatement, scope), arm(node.elseStatement, scope));
}

/** A cell that every one of the exits sets; one that exists already if there is such. */
function guardFlag(flow: Flow, cx: Lower): { readonly cell: Cell; readonly close: () => void } {
  const { flags } = cx.frame;
  const exits = [...flow.exits];
  const [first = []] = exits.map((exit) => flags.get(exit) ?? []);
  const shared = first.find((cell) => exits.every((exit) => flags.get(exit)?.includes(cell)));
  if (shared !== undefined) return { cell: shared, close: () => undefined };
  const cell = cx.newCell('left', bool, no);
  for (const exit of exits) flags.set(exit, [...(flags.get(exit) ?? []), cell]);
  const close = () => {
    for (const exit of exits)
      flags.set(
        exit,
        (flags.get(exit) ?? []).filter((other) => other !== cell),
      );
  };
  return { cell, close };
}

/** Marks that an exit has been taken, for whoever guards what follows. */
export function leave(exit: Exit, cx: Lower): void {
  for (const cell of cx.frame.flags.get(exit) ?? []) cx.b.write(cell, yes);
}

/** A part that is entered and left as one: exits to `caught` lead to its end. */
export const caught = (list: readonly Entry[], cx: Lower, ...exits: readonly Exit[]): Entry =>
  run(() => lowerList(list, cx), catching(flowOf(list, cx), ...exits));
