/** Module variables that get their values from statements beside their initialisers: `for (…) table[i] = …`. */

import { ts } from 'ts-morph';
import { walk } from './walk.js';

type Step = ts.VariableDeclaration | ts.Statement;

/**
 * The declarations and statements of the module that give a variable its value, in their order; empty if its
 * initialiser says it all.
 */
export function filling(name: ts.Identifier): readonly Step[] {
  const { statements } = name.getSourceFile();
  const running = statements.filter(runs).map((node) => ({ node, mentioned: mentionedIn(node) }));
  const names = new Set([name.text]);
  const chosen = new Set<ts.Statement>();
  for (let changed = true; changed;) {
    changed = false;
    for (const { node, mentioned } of running) {
      if (chosen.has(node) || ![...mentioned].some((each) => names.has(each))) continue;
      chosen.add(node);
      mentioned.forEach((each) => names.add(each));
      changed = true;
    }
  }
  if (chosen.size === 0) return [];
  return statements.flatMap((each): readonly Step[] => {
    if (chosen.has(each)) return [each];
    if (!ts.isVariableStatement(each)) return [];
    return each.declarationList.declarations.filter((d) => ts.isIdentifier(d.name) && names.has(d.name.text));
  });
}

/** Names of variables of the module that a statement uses, itself or in functions of the module that it names. */
function mentionedIn(statement: ts.Statement): ReadonlySet<string> {
  const { statements } = statement.getSourceFile();
  const variables = new Set<string>();
  const functions = new Map<string, ts.Node>();
  for (const each of statements) {
    if (ts.isFunctionDeclaration(each) && each.name) functions.set(each.name.text, each);
    if (!ts.isVariableStatement(each)) continue;
    for (const d of each.declarationList.declarations) if (ts.isIdentifier(d.name)) variables.add(d.name.text);
  }
  const found = new Set<string>();
  const entered = new Set<ts.Node>();
  const visit = (at: ts.Node): void => {
    if (!ts.isIdentifier(at)) return;
    if (variables.has(at.text)) found.add(at.text);
    const fn = functions.get(at.text);
    if (fn === undefined || entered.has(fn)) return;
    entered.add(fn);
    walk(fn, visit);
  };
  walk(statement, visit);
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
