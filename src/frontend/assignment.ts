/** Places that can be assigned: variables, elements, fields; all assignment operators; destructuring assignment. */

import { ts } from 'ts-morph';
import { constant, field, one, typeOf } from '../ir/build.js';
import type { Atom, Let, Op } from '../ir/types.js';
import { elementByKey, elementOf, elementOrUndefined, nameText, property } from './access.js';
import { ofEach } from './dispatch.js';
import { isFamily } from './families.js';
import { setterOf } from './members.js';
import type { Lower } from './context.js';
import { itemOf, propertyName, restOfArray, withDefault } from './destructuring.js';
import { concatenate } from './operators.js';
import { definition, store } from './lists.js';
import { truthy } from './presence.js';
import { hasFields, namesOf, writeTo } from './tables.js';
import { nothing, type StructVal, type Val } from './values.js';

const { SyntaxKind } = ts;

/** Something assigned to; its object and key have been evaluated, once. */
interface Place {
  read(): Val;
  /** Reads an element that may not be there. */
  find?(): Val;
  write(val: Val): void;
}

/** The operation of a compound assignment; plain and logical ones have none. */
export const assignmentOperators: ReadonlyMap<ts.SyntaxKind, Op | 'plain' | 'and' | 'or' | 'coalesce'> = new Map<
  ts.SyntaxKind,
  Op | 'plain' | 'and' | 'or' | 'coalesce'
>([
  [SyntaxKind.EqualsToken, 'plain'],
  [SyntaxKind.PlusEqualsToken, 'add'],
  [SyntaxKind.MinusEqualsToken, 'sub'],
  [SyntaxKind.AsteriskEqualsToken, 'mul'],
  [SyntaxKind.SlashEqualsToken, 'div'],
  [SyntaxKind.PercentEqualsToken, 'rem'],
  [SyntaxKind.AsteriskAsteriskEqualsToken, 'pow'],
  [SyntaxKind.AmpersandEqualsToken, 'bitand'],
  [SyntaxKind.BarEqualsToken, 'bitor'],
  [SyntaxKind.CaretEqualsToken, 'bitxor'],
  [SyntaxKind.LessThanLessThanEqualsToken, 'shl'],
  [SyntaxKind.GreaterThanGreaterThanEqualsToken, 'shr'],
  [SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken, 'ushr'],
  [SyntaxKind.AmpersandAmpersandEqualsToken, 'and'],
  [SyntaxKind.BarBarEqualsToken, 'or'],
  [SyntaxKind.QuestionQuestionEqualsToken, 'coalesce'],
]);

/** Any assignment; its value is what has been assigned. */
export function assign(node: ts.BinaryExpression, cx: Lower): Val {
  const op = assignmentOperators.get(node.operatorToken.kind) ?? 'plain';
  if (op === 'plain') {
    if (isPattern(node.left)) {
      const val = cx.val(node.right);
      assignPattern(node.left, val, cx);
      return val;
    }
    const target = place(node.left, cx);
    const val = cx.val(node.right, expectedAt(node.left, cx));
    cx.at(node);
    target.write(val);
    return val;
  }
  const target = place(node.left, cx);
  if (op === 'and' || op === 'or' || op === 'coalesce') return assignLogical(node, op, target, cx);
  const before = cx.toAtom(target.read(), node.left);
  const right = cx.atom(node.right);
  if (op === 'add' && typeOf(before).kind === 'str') {
    const text = concatenate([before, right], node, cx);
    target.write(text);
    return text;
  }
  const [a, b] = [cx.toNumber(before, node.left), cx.toNumber(right, node.right)];
  cx.at(node);
  const after = cx.op(op, a, b);
  target.write(after);
  return after;
}

const isPattern = (node: ts.Expression): node is ts.ArrayLiteralExpression | ts.ObjectLiteralExpression =>
  ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node);

/** The type that the assigned value should have, for literals on the right. */
function expectedAt(node: ts.Expression, cx: Lower) {
  if (ts.isIdentifier(node)) {
    const binding = cx.scope.find(node.text);
    return binding?.kind === 'cell' ? binding.cell.type : undefined;
  }
  return undefined;
}

function assignLogical(node: ts.BinaryExpression, op: 'and' | 'or' | 'coalesce', target: Place, cx: Lower): Val {
  const before = cx.toAtom((target.find ?? target.read)(), node.left);
  const test = op === 'coalesce' ? cx.not(cx.isDefined(before)) : truthy(before, cx);
  const cond = op === 'or' ? cx.not(test) : test;
  const assigned = (): Val => {
    const val = cx.val(node.right);
    target.write(val);
    return val;
  };
  const kept = (): Val => (op === 'and' ? before : cx.defined(before));
  cx.at(node);
  return cx.choose(cond, assigned, kept, node);
}

/** `++` and `--`; `give` says which of the two values the expression has. */
export function increment(node: ts.Expression, op: Op, give: 'old' | 'new', at: ts.Node, cx: Lower): Atom {
  const target = place(node, cx);
  const before = cx.toNumber(cx.toAtom(target.read(), node), node);
  cx.at(at);
  const after = cx.op(op, before, one);
  target.write(after);
  return give === 'old' ? before : after;
}

function place(node: ts.Expression, cx: Lower): Place {
  if (ts.isIdentifier(node)) return variable(node, cx);
  if (ts.isPropertyAccessExpression(node)) return propertyPlace(node, cx);
  if (ts.isElementAccessExpression(node)) return elementPlace(node, cx);
  if (
    ts.isParenthesizedExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node)
  ) {
    return place(node.expression, cx);
  }
  return cx.refuse(node, 'unsupported-syntax', 'assigning to this');
}

function variable(node: ts.Identifier, cx: Lower): Place {
  cx.asking = node;
  const binding = cx.scope.find(node.text);
  if (binding?.kind !== 'cell') {
    if (binding?.val.kind === 'broken') return { read: () => binding.val, write: () => undefined };
    if (binding?.at === undefined) return cx.refuse(node, 'module-state', node.text);
    const { at } = binding;
    return {
      read: () => cx.val(node),
      write: (val) => {
        // Inside of a condition or loop it would depend on the run.
        if (cx.b !== at) cx.refuse(node, 'function-value', `which function \`${node.text}\` is`);
        cx.scope.rebind(node.text, val);
      },
    };
  }
  const { cell } = binding;
  return {
    read: () => cx.readCell(cell),
    write: (val) => {
      const atom = cx.coerce(cx.toAtom(val, node), cell.type, node);
      cx.writeCell(cell, atom);
    },
  };
}

function propertyPlace(node: ts.PropertyAccessExpression, cx: Lower): Place {
  const object = cx.val(node.expression);
  const name = nameText(node.name, cx);
  if (object.kind === 'struct') return structField(object, name, node, cx);
  if (object.kind === 'class' || object.kind === 'namespace') return cx.refuse(node, 'module-state', node.getText());
  const atom = cx.defined(cx.toAtom(object, node));
  const type = typeOf(atom);
  if (type.kind === 'array' && name === 'length') {
    const write = (val: Val) => {
      const length = cx.toNumber(cx.toAtom(val, node), node);
      if (type.storage !== 'list' || type.fixed !== undefined)
        cx.refuse(node, 'unsupported-syntax', 'setting this length');
      refuseLonger(atom, length, cx);
      cx.b.push({ kind: 'resize', object: atom, length, origin: cx.b.origin });
    };
    return { read: () => cx.b.length(atom), write };
  }
  return fieldPlace(atom, name, node, cx);
}

/** A length that is set to more than there is would leave holes. */
function refuseLonger(list: Atom, length: Atom, cx: Lower): void {
  if (cx.isInLibrary || (length.kind === 'const' && length.value === 0)) return;
  const made = definition(length, cx.b.stmts);
  if (made?.kind === 'let' && isLess(made, list, cx)) return;
  const message = [constant('a length beyond the end leaves holes')];
  cx.throwIf(cx.op('gt', length, cx.b.length(list)), 'RangeError', message);
}

/** `xs.length - k`, and the smaller of it and something else. */
function isLess({ op, args }: Let, list: Atom, cx: Lower): boolean {
  const isLength = (atom: Atom | undefined): boolean => {
    const made = atom && definition(atom, cx.b.stmts);
    return made?.kind === 'length' && made.object === list;
  };
  const [a, b] = args;
  if (op === 'min') return args.some(isLength);
  return op === 'sub' && isLength(a) && b?.kind === 'const' && Number(b.value) >= 0;
}

function fieldPlace(object: Atom, name: string, node: ts.Node, cx: Lower): Place {
  const type = typeOf(object);
  if (object.kind === 'value' && isFamily(type)) {
    return {
      read: () => property(object, name, node, cx),
      write: (val) =>
        void ofEach(object, type, name, node, cx, (instance) => {
          fieldPlace(instance, name, node, cx).write(val);
          return nothing;
        }),
    };
  }
  const found = type.kind === 'record' ? type.fields.find((f) => f.name === name) : undefined;
  if (found === undefined) {
    const set = setterOf(object, name, node, cx);
    return { read: () => property(object, name, node, cx), write: set };
  }
  return {
    read: () => property(object, name, node, cx),
    write: (val) => cx.b.store(object, field(name), cx.coerce(cx.toAtom(val, node), found.type, node)),
  };
}

function structField(object: StructVal, name: string, node: ts.Node, cx: Lower): Place {
  cx.refuseCopied(object, node);
  const binding = object.fields.get(name);
  const setter = object.fields.get(`set ${name}`);
  if (setter?.kind === 'val' && setter.val.kind === 'function') {
    const fn = cx.boundTo(setter.val, object);
    return { read: () => property(object, name, node, cx), write: (val) => void cx.call(fn, [val], node) };
  }
  if (binding === undefined) {
    const set = setterOf(object, name, node, cx);
    return { read: () => property(object, name, node, cx), write: set };
  }
  return {
    read: () => property(object, name, node, cx),
    write: (val) => {
      if (binding.kind === 'cell') {
        const atom = cx.coerce(cx.toAtom(val, node), binding.cell.type, node);
        cx.writeCell(binding.cell, atom);
      } else {
        cx.assignStructField(object, name, val, node);
      }
    },
  };
}

function elementPlace(node: ts.ElementAccessExpression, cx: Lower): Place {
  const object = cx.val(node.expression);
  const keyNode = node.argumentExpression;
  const key = cx.atom(keyNode);
  if (key.kind === 'const' && typeof key.value === 'string') {
    if (object.kind === 'struct') return structField(object, key.value, node, cx);
    return fieldPlace(cx.defined(cx.toAtom(object, node)), key.value, node, cx);
  }
  const names = hasFields(object) ? namesOf(key, keyNode, cx) : undefined;
  if (names !== undefined) {
    return {
      read: () => elementOf(object, key, keyNode, node, cx),
      write: (val) =>
        writeTo(
          key,
          names,
          (name) => {
            const target =
              object.kind === 'struct'
                ? structField(object, name, node, cx)
                : fieldPlace(cx.toAtom(object, node), name, node, cx);
            target.write(val);
          },
          cx,
        ),
    };
  }
  const array = cx.defined(cx.toAtom(object, node));
  const type = typeOf(array);
  if (type.kind === 'record' && type.tuple === true && key.kind === 'const') {
    return fieldPlace(array, String(key.value), node, cx);
  }
  if (type.kind !== 'array') return cx.refuse(keyNode, 'dynamic-property', `\`${keyNode.getText()}\``);
  const index = cx.toNumber(key, keyNode);
  const known = array.kind === 'value' && type.fixed === undefined ? array : undefined;
  return {
    read: () => elementByKey(array, index, keyNode, node, cx),
    ...(known && { find: () => elementOrUndefined(known, index, node, cx) }),
    write: (val) => store(array, index, cx.toAtom(val, node), node, cx, cx.appends.has(node.parent)),
  };
}

// ---------------------------------------------------------------- patterns

/** `[a, b] = …`, `({ x, y: z = 1 } = …)`, and any single place. */
export function assignPattern(target: ts.Expression, val: Val, cx: Lower): void {
  if (ts.isParenthesizedExpression(target)) return assignPattern(target.expression, val, cx);
  if (ts.isBinaryExpression(target) && target.operatorToken.kind === SyntaxKind.EqualsToken) {
    return assignPattern(target.left, withDefault(val, target.right, cx), cx);
  }
  if (ts.isArrayLiteralExpression(target)) return assignArray(target, val, cx);
  if (ts.isObjectLiteralExpression(target)) return assignObject(target, val, cx);
  const found = place(target, cx);
  cx.at(target);
  found.write(val);
}

function assignArray(pattern: ts.ArrayLiteralExpression, val: Val, cx: Lower): void {
  for (const [k, element] of pattern.elements.entries()) {
    if (ts.isOmittedExpression(element)) continue;
    if (ts.isSpreadElement(element)) assignPattern(element.expression, restOfArray(val, k, element, cx), cx);
    else assignPattern(element, itemOf(val, k, element, cx), cx);
  }
}

function assignObject(pattern: ts.ObjectLiteralExpression, val: Val, cx: Lower): void {
  for (const part of pattern.properties) {
    if (ts.isShorthandPropertyAssignment(part)) {
      const found = property(val, part.name.text, part.name, cx);
      assignPattern(part.name, withDefault(found, part.objectAssignmentInitializer, cx), cx);
    } else if (ts.isPropertyAssignment(part)) {
      assignPattern(part.initializer, property(val, propertyName(part.name, cx), part.name, cx), cx);
    } else {
      cx.refuse(part, 'unsupported-destructuring', 'the rest of an object');
    }
  }
}
