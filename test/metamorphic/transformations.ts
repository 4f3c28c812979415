/**
 * Changes to the text of a program that do not change what it computes, not in a single bit. Each finds all the places
 * where it certainly may be made, and says which text takes the place of which.
 */

import ts from 'typescript';
import { areIndependent, effectsOf, isPure } from './effects.js';

export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** What is replaced together at one place. */
export type Change = readonly Edit[];

export interface Source {
  readonly file: ts.SourceFile;
  /** Types of the expressions, as they would be written; undefined for those that are none of the plain ones. */
  readonly typeOf: (node: ts.Identifier) => string | undefined;
}

export type Transformation = (source: Source) => readonly Change[];

const replaced = (node: ts.Node, text: string): Edit => ({ from: node.getStart(), to: node.end, text });
const inserted = (at: number, text: string): Edit => ({ from: at, to: at, text });

/** A name that nothing in the file has. */
function free(file: ts.SourceFile, base: string): string {
  let name = base;
  for (let k = 2; file.text.includes(name); k += 1) name = `${base}${k}`;
  return name;
}

function nodesOf(file: ts.SourceFile): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Lists of statements inside of functions. */
const lists = (file: ts.SourceFile): readonly ts.NodeArray<ts.Statement>[] =>
  nodesOf(file).flatMap((node) => (ts.isBlock(node) ? [node.statements] : []));

const arithmetic: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.AsteriskAsteriskToken,
]);

/** An expression that is a number by its operator. */
const isNumber = (node: ts.Node): node is ts.Expression =>
  (ts.isBinaryExpression(node) && arithmetic.has(node.operatorToken.kind)) ||
  (ts.isCallExpression(node) && node.getText().startsWith('Math.'));

/** The expression that a statement evaluates and then, at most, stores, returns or declares something as. */
function evaluated(stmt: ts.Statement): ts.Expression | undefined {
  if (ts.isReturnStatement(stmt)) return stmt.expression;
  if (ts.isVariableStatement(stmt)) {
    const [only, ...others] = stmt.declarationList.declarations;
    return others.length === 0 && only && ts.isIdentifier(only.name) ? only.initializer : undefined;
  }
  if (!ts.isExpressionStatement(stmt) || !ts.isBinaryExpression(stmt.expression)) return undefined;
  const { left, right, operatorToken } = stmt.expression;
  const stores =
    operatorToken.kind >= ts.SyntaxKind.FirstAssignment && operatorToken.kind <= ts.SyntaxKind.LastCompoundAssignment;
  const logical = /^(&&|\|\||\?\?)=$/.test(operatorToken.getText());
  return stores && !logical && isPure(left) ? right : undefined;
}

/** Numbers in an expression that are evaluated whenever it is. */
function certain(node: ts.Expression): readonly ts.Expression[] {
  const inner: ts.Expression[] = [];
  const visit = (at: ts.Node): void => {
    if (ts.isFunctionLike(at)) return;
    if (isNumber(at)) inner.push(at);
    if (ts.isConditionalExpression(at)) return visit(at.condition);
    if (ts.isBinaryExpression(at) && /^(&&|\|\||\?\?)$/.test(at.operatorToken.getText())) return visit(at.left);
    if (
      (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isCallExpression(at)) &&
      at.questionDotToken
    )
      return;
    ts.forEachChild(at, visit);
  };
  visit(node);
  return inner;
}

/** Pure expressions that are evaluated, come what may, by a statement that does nothing before. */
const numbersIn = (stmt: ts.Statement): readonly ts.Expression[] => {
  const all = evaluated(stmt);
  return all && isPure(all) ? certain(all) : [];
};

/** `y = a * b + c` → `const named = a * b; y = named + c`. */
const name: Transformation = ({ file }) =>
  lists(file).flatMap((list) =>
    list.flatMap((stmt) =>
      numbersIn(stmt).map((node) => [
        inserted(stmt.getStart(), `const ${free(file, 'named')} = ${node.getText()};\n`),
        replaced(node, free(file, 'named')),
      ]),
    ),
  );

/** `const t = a * b; y = t + c` → `y = (a * b) + c`, where `t` is used once, right behind. */
const unname: Transformation = ({ file }) =>
  lists(file).flatMap((list) =>
    list.flatMap((stmt, k) => {
      const next = list[k + 1];
      const expression = evaluated(stmt);
      if (!next || !expression || !ts.isVariableStatement(stmt) || !isNumber(expression) || !isPure(expression))
        return [];
      const [declaration] = stmt.declarationList.declarations;
      const after = evaluated(next);
      if (!declaration || !after || !isPure(after)) return [];
      const uses = nodesOf(file).filter((node) => ts.isIdentifier(node) && node.text === declaration.name.getText());
      const use = uses.find((node) => node !== declaration.name);
      if (uses.length !== 2 || !use || !ts.isExpression(use) || ts.isShorthandPropertyAssignment(use.parent)) return [];
      // In a function it would be evaluated later, or not at all; in an arm, not always.
      let inside: ts.Node = use;
      for (; inside !== after && inside !== file; inside = inside.parent) if (ts.isFunctionLike(inside)) return [];
      return inside === after ? [[replaced(stmt, ''), replaced(use, `(${expression.getText()})`)]] : [];
    }),
  );

/** `y = a * b + c` → `y = outlined(a, b) + c` with `function outlined(a: number, b: number) { return a * b; }`. */
const outline: Transformation = ({ file, typeOf }) =>
  lists(file).flatMap((list) =>
    list.flatMap((stmt) =>
      numbersIn(stmt).flatMap((node) => {
        const names = new Map<string, string | undefined>();
        for (const inner of nodesWithin(node)) {
          if (!ts.isIdentifier(inner) || isMember(inner) || inner.text === 'Math') continue;
          names.set(inner.text, typeOf(inner));
        }
        if ([...names.values()].includes(undefined)) return [];
        const params = [...names].map(([param, type]) => `${param}: ${type}`).join(', ');
        const body = `{\n  return ${node.getText()};\n}\n`;
        const helper = free(file, 'outlined');
        return [
          [
            replaced(node, `${helper}(${[...names.keys()].join(', ')})`),
            inserted(file.end, `\nfunction ${helper}(${params}): number ${body}`),
          ],
        ];
      }),
    ),
  );

function nodesWithin(node: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = [node];
  ts.forEachChild(node, (child) => {
    found.push(...nodesWithin(child));
  });
  return found;
}

const isMember = (node: ts.Identifier): boolean =>
  ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;

/** `twice(y)` → `(y * 2)`, where `function twice(x: number) { return x * 2; }`. */
const inline: Transformation = ({ file }) => {
  const helpers = new Map<string, { readonly params: readonly string[]; readonly result: ts.Expression }>();
  for (const stmt of file.statements) {
    if (!ts.isFunctionDeclaration(stmt) || !stmt.name || !stmt.body) continue;
    const [only, ...others] = stmt.body.statements;
    if (!only || others.length > 0 || !ts.isReturnStatement(only) || !only.expression || !isNumber(only.expression))
      continue;
    const simple = stmt.parameters.every(
      (param) => ts.isIdentifier(param.name) && !param.initializer && !param.questionToken && !param.dotDotDotToken,
    );
    if (!simple || !isPure(only.expression)) continue;
    const params = stmt.parameters.map((param) => param.name.getText());
    const free = [...effectsOf(only.expression).reads].filter((read) => read !== 'Math' && !params.includes(read));
    if (free.length === 0) helpers.set(stmt.name.text, { params, result: only.expression });
  }
  return nodesOf(file).flatMap((node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return [];
    const helper = helpers.get(node.expression.text);
    if (!helper || node.arguments.length !== helper.params.length) return [];
    if (!node.arguments.every((arg) => ts.isIdentifier(arg) || ts.isNumericLiteral(arg))) return [];
    return [[replaced(node, `(${substituted(helper, node.arguments)})`)]];
  });
};

function substituted(
  { params, result }: { readonly params: readonly string[]; readonly result: ts.Expression },
  args: readonly ts.Expression[],
): string {
  const edits = nodesWithin(result).flatMap((node) => {
    if (!ts.isIdentifier(node) || isMember(node)) return [];
    const k = params.indexOf(node.text);
    return k < 0 ? [] : [replaced(node, args[k]?.getText() ?? '')];
  });
  const start = result.getStart();
  return edited(
    result.getText(),
    edits.map(({ from, to, text }) => ({ from: from - start, to: to - start, text })),
  );
}

/** `a = f; b = g` → `b = g; a = f`, where neither has to do with the other. */
const swap: Transformation = ({ file }) =>
  lists(file).flatMap((list) =>
    list.flatMap((stmt, k) => {
      const next = list[k + 1];
      if (!next || !isSimple(stmt) || !isSimple(next)) return [];
      if (!areIndependent(effectsOf(stmt), effectsOf(next))) return [];
      return [[replaced(stmt, next.getText()), replaced(next, stmt.getText())]];
    }),
  );

const isSimple = (stmt: ts.Statement): boolean =>
  ts.isVariableStatement(stmt) || ts.isExpressionStatement(stmt) || ts.isIfStatement(stmt) || ts.isForStatement(stmt);

/** `for (let i = 0; i < n; i++) S` → `{ let i = 0; while (i < n) { S i++; } }`. */
const unroll: Transformation = ({ file }) =>
  nodesOf(file).flatMap((node) => {
    if (!ts.isForStatement(node) || !node.initializer || !node.condition || !node.incrementor) return [];
    // `continue` would jump over the step; a function keeps the variable of its iteration; a label names a loop.
    const inside = nodesWithin(node.statement);
    if (inside.some((each) => ts.isContinueStatement(each) || ts.isFunctionLike(each))) return [];
    if (ts.isLabeledStatement(node.parent)) return [];
    const [start, test, step, body] = [node.initializer, node.condition, node.incrementor, node.statement].map((part) =>
      part.getText(),
    );
    return [[replaced(node, `{\n${start};\nwhile (${test}) {\n${body}\n${step};\n}\n}`)]];
  });

/** `for (…) { S T }` → `for (…) { S } for (…) { T }`, where neither S nor T has to do with the other or the loop's bounds. */
const split: Transformation = ({ file }) =>
  nodesOf(file).flatMap((node) => {
    if (!ts.isForStatement(node) || !ts.isBlock(node.statement) || ts.isLabeledStatement(node.parent)) return [];
    const { initializer, condition, incrementor, statement } = node;
    if (!initializer || !condition || !incrementor || !ts.isVariableDeclarationList(initializer)) return [];
    const head = effectsOf(condition, incrementor);
    const counters = new Set(initializer.declarations.map((declaration) => declaration.name.getText()));
    const list = statement.statements;
    return list.slice(1).flatMap((_, before) => {
      const [first, second] = [list.slice(0, before + 1), list.slice(before + 1)];
      const [a, b] = [effectsOf(...first), effectsOf(...second)];
      const touchesHead = [a, b].some(
        ({ writes, writesObjects, opaque }) =>
          opaque ||
          (writesObjects && head.readsObjects) ||
          [...writes].some((each) => counters.has(each) || head.reads.has(each)),
      );
      // What the one part declares is nothing to the other, or they would not be independent.
      if (touchesHead || head.opaque || head.writesObjects || !areIndependent(a, b)) return [];
      const header = `for (${initializer.getText()}; ${condition.getText()}; ${incrementor.getText()})`;
      const loop = (part: readonly ts.Statement[]) =>
        `${header} {\n${part.map((stmt) => stmt.getText()).join('\n')}\n}`;
      return [[replaced(node, `{\n${loop(first)}\n${loop(second)}\n}`)]];
    });
  });

export const transformations = {
  name,
  unname,
  outline,
  inline,
  swap,
  'for to while': unroll,
  'split a loop': split,
} satisfies Record<string, Transformation>;

export function edited(text: string, change: Change): string {
  // From behind, so that places stay what they are; of two at one place, the insertion comes first in the text.
  const order = [...change].toSorted((a, b) => b.from - a.from || b.to - a.to);
  return order.reduce((now, { from, to, text: by }) => now.slice(0, from) + by + now.slice(to), text);
}
