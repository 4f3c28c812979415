/**
 * `switch`. Without fall-through it is a chain of ifs, the default last:
 *
 *     switch (k) { case 0: A; break; case 1: case 2: B; break; default: C }   →   if k = 0 { A } else if k = 1 or k = 2 { B } else { C }
 *
 * With it, the number of the clause to start at is found first, and each clause runs if it is not before that one.
 */

import { ts } from 'ts-morph';
import { constant, num } from '../ir/build.js';
import type { Atom } from '../ir/types.js';
import type { Lower } from './context.js';
import type { Exit } from './flow.js';
import { branch, caught, type Entry, flowOf, hoist, lowerList, run, source } from './control.js';
import { equal } from './operators.js';
import { Scope } from './values.js';

interface Group {
  /** One expression per `case`; the default has none. */
  readonly labels: readonly ts.Expression[];
  readonly isDefault: boolean;
  readonly statements: readonly ts.Statement[];
}

/** What follows the switch stays behind it; exits from it are its own. */
export function lowerSwitch(node: ts.SwitchStatement, cx: Lower): void {
  lowerList(switchEntries(node, cx.scope, cx), cx);
}

/** The switch as a list whose last entry can take what follows the switch into its arms. */
export function switchEntries(node: ts.SwitchStatement, outer: Scope, cx: Lower): readonly Entry[] {
  const groups = grouped(node.caseBlock.clauses);
  const { flow } = cx.session.program;
  const exit = flow.breakOf(node);
  // All clauses are one block of the source.
  const scope = new Scope(outer);
  hoist(
    node.caseBlock.clauses.flatMap((clause) => [...clause.statements]),
    scope,
  );
  let subject: Atom | undefined;
  const read = (): Atom => (subject ??= cx.inScope(scope, () => cx.atom(node.expression)));
  const matches = ({ labels }: Group): Atom =>
    cx.inScope(scope, () => {
      const found = labels.map((label) => () => equal(read(), cx.atom(label), 'eq', label, cx));
      return anyOf(found, cx);
    });
  const bodies = groups.map(({ statements }) => statements.map((each) => source(each, scope)));
  const falls = groups.some((group, k) => k < groups.length - 1 && flowOf(bodies[k] ?? [], cx).completes);
  if (!falls) {
    const ends = groups.map((group) => withoutBreak(group.statements, exit, cx).map((each) => source(each, scope)));
    const arms = ends.map((list) => (flowOf(list, cx).exits.has(exit) ? [caught(list, cx, exit)] : list));
    const fallback = groups.findIndex(({ isDefault }) => isDefault);
    let chain: readonly Entry[] = arms[fallback] ?? [];
    for (const [k, group] of [...groups.entries()].reverse()) {
      if (k !== fallback) chain = [branch(() => matches(group), arms[k] ?? [], chain)];
    }
    return [run(() => void read()), ...chain];
  }
  return [caught(fallingThrough(groups, bodies, matches, read, cx), cx, exit)];
}

function fallingThrough(
  groups: readonly Group[],
  bodies: readonly (readonly Entry[])[],
  matches: (group: Group) => Atom,
  read: () => Atom,
  cx: Lower,
): readonly Entry[] {
  const fallback = groups.findIndex(({ isDefault }) => isDefault);
  let first: ReturnType<Lower['newCell']> | undefined;
  const find = run(() => {
    read();
    const cell = cx.newCell('clause', num, constant(fallback < 0 ? groups.length : fallback));
    first = cell;
    const tests = groups.map((group, k) => ({ group, k })).filter(({ k }) => k !== fallback);
    const chain = tests.reduceRight<() => void>(
      (otherwise, { group, k }) =>
        () =>
          cx.branch(matches(group), () => cx.b.write(cell, constant(k)), otherwise),
      () => undefined,
    );
    chain();
  });
  const reached = (k: number) => () => {
    if (first === undefined) throw new Error('clauses before their switch');
    return cx.op('le', cx.readCell(first), constant(k));
  };
  return [find, ...bodies.map((body, k) => branch(reached(k), body))];
}

/** `case 1: case 2: …` is one group; so is the default with cases directly before or after it. */
function grouped(clauses: readonly ts.CaseOrDefaultClause[]): readonly Group[] {
  const groups: Group[] = [];
  let labels: ts.Expression[] = [];
  let isDefault = false;
  for (const [k, clause] of clauses.entries()) {
    if (ts.isCaseClause(clause)) labels.push(clause.expression);
    else isDefault = true;
    if (clause.statements.length === 0 && k < clauses.length - 1) continue;
    groups.push({ labels, isDefault, statements: clause.statements });
    labels = [];
    isDefault = false;
  }
  return groups;
}

/** A clause's statements without the `break` that ends them. */
function withoutBreak(list: readonly ts.Statement[], exit: Exit, cx: Lower): readonly ts.Statement[] {
  const last = list.at(-1);
  if (last === undefined) return list;
  if (ts.isBreakStatement(last) && cx.session.program.flow.exitOf(last) === exit) return list.slice(0, -1);
  // `case 0: { …; break; }`
  if (ts.isBlock(last) && list.length === 1) {
    const inner = withoutBreak(last.statements, exit, cx);
    if (inner.length < last.statements.length && !inner.some(declares)) return inner;
  }
  return list;
}

/** Whether a statement declares names that must stay in their block. */
const declares = (node: ts.Statement): boolean => ts.isVariableStatement(node) || ts.isDeclarationStatement(node);

/** One test after the other, as far as needed. */
function anyOf(tests: readonly (() => Atom)[], cx: Lower): Atom {
  const [first, ...rest] = tests;
  if (first === undefined) return constant(false);
  const found = first();
  return rest.reduce<Atom>((sum, test) => cx.op('or', sum, test()), found);
}
