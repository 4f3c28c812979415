/** Module variables that get their values from statements beside their initialisers: `for (…) table[i] = …`. */

import { ts } from 'ts-morph';
import { isPropertyName, walk } from './walk.js';

type Step = ts.VariableDeclaration | ts.Statement;

/**
 * The declarations and statements of the module that give a variable its value, in their order; empty if its
 * initialiser says it all. Whoever reads what a statement changes has a place in that order, too.
 */
export function filling(name: ts.Identifier, checker: ts.TypeChecker): readonly Step[] {
  const { statements } = name.getSourceFile();
  const declared = statements.flatMap((each) =>
    ts.isVariableStatement(each) ? each.declarationList.declarations : [],
  );
  const running = statements.filter(runs);
  if (running.length === 0) return [];
  const { asked, mentions } = mentionsOf(name.getSourceFile());
  // What nobody in the file asks for, as points for --verify, is no part of the program.
  const evaluated = declared.filter((d) => namesOf(d.name).some((each) => each === name.text || asked.has(each)));
  const mentioned = new Map([...evaluated, ...running].map((node) => [node, mentions(node)]));
  const fixed = new Set(declared.flatMap((d) => (isFixed(d, checker) ? namesOf(d.name) : [])));
  const names = new Set([name.text]);
  const chosen = new Set<Step>();
  for (let changed = true; changed;) {
    changed = false;
    for (const [node, all] of mentioned) {
      const own = ts.isVariableDeclaration(node) ? namesOf(node.name) : [];
      const variable = [...all].filter((each) => !fixed.has(each));
      if (chosen.has(node) || ![...variable, ...own].some((each) => names.has(each))) continue;
      chosen.add(node);
      [...own, ...(ts.isVariableDeclaration(node) ? variable : all)].forEach((each) => names.add(each));
      changed = true;
    }
  }
  if (!running.some((node) => chosen.has(node))) return [];
  return statements.flatMap((each): readonly Step[] => {
    if (chosen.has(each)) return [each];
    return ts.isVariableStatement(each) ? each.declarationList.declarations.filter((d) => chosen.has(d)) : [];
  });
}

const namesOf = (name: ts.BindingName): readonly string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((part) => (ts.isBindingElement(part) ? namesOf(part.name) : []));

interface Mentions {
  /** Names that are mentioned anywhere. */
  readonly asked: ReadonlySet<string>;
  readonly mentions: (step: Step) => ReadonlySet<string>;
}

const known = new WeakMap<ts.SourceFile, Mentions>();

/** What a file mentions: found once, as every constant of the module asks for it. */
function mentionsOf(source: ts.SourceFile): Mentions {
  let found = known.get(source);
  if (found === undefined) {
    const byStep = new Map<Step, ReadonlySet<string>>();
    const mentions = (step: Step): ReadonlySet<string> => {
      const names = byStep.get(step) ?? mentionedIn(step);
      byStep.set(step, names);
      return names;
    };
    known.set(source, (found = { asked: mentionedNames(source), mentions }));
  }
  return found;
}

/** Names that are mentioned, not declared. */
function mentionedNames(source: ts.SourceFile): ReadonlySet<string> {
  const found = new Set<string>();
  walk(source, (at) => {
    if (ts.isIdentifier(at) && !isPropertyName(at) && !('name' in at.parent && at.parent.name === at))
      found.add(at.text);
  });
  return found;
}

/** A constant number, string, boolean or function: nothing changes it. */
function isFixed({ name, initializer, parent }: ts.VariableDeclaration, checker: ts.TypeChecker): boolean {
  const { Const } = ts.NodeFlags;
  const { NumberLike, StringLike, BooleanLike } = ts.TypeFlags;
  if ((parent.flags & Const) === 0 || !ts.isIdentifier(name)) return false;
  if (initializer !== undefined && ts.isFunctionLike(initializer)) return true;
  return (checker.getTypeAtLocation(name).flags & (NumberLike | StringLike | BooleanLike)) !== 0;
}

/** Names of variables of the module that a declaration or statement uses, itself or in functions of the module that it names. */
function mentionedIn(step: Step): ReadonlySet<string> {
  const { statements } = step.getSourceFile();
  const variables = new Set<string>();
  const functions = new Map<string, ts.Node>();
  for (const each of statements) {
    if (ts.isFunctionDeclaration(each) && each.name) functions.set(each.name.text, each);
    if (!ts.isVariableStatement(each)) continue;
    for (const d of each.declarationList.declarations) {
      namesOf(d.name).forEach((name) => variables.add(name));
      // Arrow functions are entered where they are named.
      if (ts.isIdentifier(d.name) && d.initializer && ts.isFunctionLike(d.initializer)) {
        functions.set(d.name.text, d.initializer);
      }
    }
  }
  const found = new Set<string>();
  const entered = new Set<ts.Node>();
  const visit = (at: ts.Node): void => {
    if (!ts.isIdentifier(at) || isPropertyName(at)) return;
    if (variables.has(at.text)) found.add(at.text);
    const fn = functions.get(at.text);
    if (fn === undefined || entered.has(fn)) return;
    entered.add(fn);
    walk(fn, visit);
  };
  const root = ts.isVariableDeclaration(step) ? step.initializer : step;
  // What a function does, it does when it is called.
  if (root !== undefined && !ts.isFunctionLike(root)) walk(root, visit);
  return found;
}

/** Statements of a module that do something, beside declaring. */
const runs = (node: ts.Statement): boolean =>
  ts.isExpressionStatement(node) ||
  ts.isForStatement(node) ||
  ts.isForOfStatement(node) ||
  ts.isWhileStatement(node) ||
  ts.isDoStatement(node) ||
  ts.isIfStatement(node) ||
  ts.isSwitchStatement(node) ||
  ts.isBlock(node);
