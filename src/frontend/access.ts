/** Reading properties and elements: of arrays and records, of namespaces, classes and objects known at compile time. */

import { ts } from 'ts-morph';
import { constant, field, num, typeOf, value, zero } from '../ir/build.js';
import type { Atom, RecordType, Value } from '../ir/types.js';
import { staticMember, superMember } from './classes.js';
import { sizeOf } from './collections.js';
import type { Lower } from './context.js';
import { isClosure, sharedPart } from './closures.js';
import { familyProperty } from './dispatch.js';
import { isFamily } from './families.js';
import { globalMember } from './globals.js';
import { memberOfType } from './members.js';
import { lookUp, most } from './tables.js';
import type { StructVal, Val } from './values.js';

export function propertyAccess(node: ts.PropertyAccessExpression, cx: Lower): Val {
  if (node.expression.kind === ts.SyntaxKind.SuperKeyword) return superMember(node, cx);
  return property(cx.val(node.expression), nameText(node.name, cx), node.name, cx);
}

/**
 * `a?.b.c(d)`: where a is undefined, all of it is. `then` is applied to what the chain up to `node` gives, inside of
 * the conditions before it.
 */
export function chain(node: ts.Expression, cx: Lower, then: (val: Val) => Val, last?: (object: Val) => Val): Val {
  if (!ts.isOptionalChain(node)) return then(cx.val(node));
  return chain(node.expression, cx, (object) => {
    const link = (): Val =>
      then(last === undefined ? linkOf(node, narrowed(object, cx), cx) : last(narrowed(object, cx)));
    return ts.isNonNullExpression(node) || node.questionDotToken === undefined
      ? link()
      : optionalChain(object, node, link, cx);
  });
}

function linkOf(node: ts.OptionalChain, object: Val, cx: Lower): Val {
  if (ts.isPropertyAccessExpression(node)) return property(object, nameText(node.name, cx), node.name, cx);
  if (ts.isElementAccessExpression(node)) return element(object, node.argumentExpression, node, cx);
  if (ts.isCallExpression(node)) return cx.session.handlers.callOf(object, node, cx);
  return object;
}

export const nameText = (name: ts.MemberName, cx: Lower): string => cx.session.program.names.memberName(name);

const narrowed = (val: Val, cx: Lower): Val => (val.kind === 'value' ? cx.defined(val) : val);

/** `object?.…`: undefined where the object is. */
function optionalChain(object: Val, node: ts.Node, read: () => Val, cx: Lower): Val {
  if (object.kind === 'const' && object.value === undefined) return object;
  if (object.kind !== 'value') return read();
  return cx.choose(cx.isDefined(object), read, () => constant(undefined), node);
}

/** `object.name`; `node` is the name. */
export function property(object: Val, name: string, node: ts.Node, cx: Lower): Val {
  switch (object.kind) {
    case 'value':
      return ofAtom(object, name, node, cx);
    case 'const':
      if (typeof object.value === 'string') {
        if (name === 'length') return constant(object.value.length);
        return { kind: 'method', object, name };
      }
      return { kind: 'method', object, name };
    case 'namespace':
      return object.member(name) ?? cx.refuse(node, 'unknown-property', name, `\`${object.name}\``);
    case 'builtin':
      return globalMember(object, name) ?? cx.refuse(node, 'unknown-property', name, `\`${object.name}\``);
    case 'class':
      return staticMember(object, name, node, cx);
    case 'struct':
      return ofStruct(object, name, node, cx);
    case 'list':
      if (name === 'length') return constant(object.items.length);
      return { kind: 'method', object, name };
    case 'function':
      if (name === 'call' || name === 'apply' || name === 'bind') return { kind: 'method', object, name };
      return cx.refuse(node, 'unknown-property', name, `\`${object.name}\``);
    case 'choice':
      return cx.choose(
        object.cond,
        () => property(object.then, name, node, cx),
        () => property(object.else, name, node, cx),
        node,
      );
    case 'broken':
      return object;
    default:
      return cx.refuse(node, 'unknown-property', name, 'this');
  }
}

function ofAtom(object: Atom, name: string, node: ts.Node, cx: Lower): Val {
  const type = typeOf(object);
  switch (type.kind) {
    case 'optional':
      return ofAtom(cx.defined(object), name, node, cx);
    case 'array':
      cx.at(node);
      if (name === 'length') return cx.b.length(object);
      if (/^\d+$/.test(name)) return cx.element(object, constant(Number(name)));
      return { kind: 'method', object, name };
    case 'record': {
      if (type.collection !== undefined) {
        cx.at(node);
        return name === 'size' ? sizeOf(object, cx) : { kind: 'method', object, name };
      }
      const shared = isClosure(type) ? sharedPart(type, name, cx) : undefined;
      if (shared !== undefined) return ofObject(shared, object, cx);
      if (object.kind === 'value' && isFamily(type)) {
        cx.at(node);
        return familyProperty(object, type, name, node, cx);
      }
      if (type.fields.some((f) => f.name === name)) {
        cx.at(node);
        const found = cx.b.load(object, field(name));
        if (cx.isGrowing(object)) cx.growing.add(found);
        cx.doubtful.add(found);
        const constantName = object.kind === 'value' ? cx.frozen.get(object) : undefined;
        if (constantName !== undefined) cx.frozen.set(found, constantName);
        return found;
      }
      if (type.tuple === true) {
        if (name === 'length') {
          // An element that is left out makes a tuple shorter: nothing keeps track of that.
          if (type.short) {
            return cx.refuse(node, 'mixed-types', 'a tuple', 'a shorter one');
          }
          return constant(type.fields.length);
        }
        return { kind: 'method', object, name };
      }
      return memberOfType(object, name, node, cx);
    }
    case 'str':
      if (name === 'length') return cx.refuse(node, 'string-operation', '`.length` of a string');
      return { kind: 'method', object, name };
    default:
      return { kind: 'method', object, name };
  }
}

function ofStruct(object: StructVal, name: string, node: ts.Node, cx: Lower): Val {
  const binding = object.fields.get(name);
  if (binding === undefined) {
    if (object.class !== undefined) return memberOfType(object, name, node, cx);
    return constant(undefined);
  }
  if (binding.kind === 'cell') cx.refuseCopied(object, node);
  if (binding.kind === 'cell') return cx.readCell(binding.cell);
  const { val } = binding;
  if (val.kind === 'function' && ts.isGetAccessor(val.node)) return cx.call(cx.boundTo(val, object), [], node);
  return ofObject(val, object, cx);
}

/** A function in an object literal is called with the object as `this`. */
const ofObject = (val: Val, object: Val, cx: Lower): Val =>
  val.kind === 'function' && !ts.isArrowFunction(val.node) ? cx.boundTo(val, object) : val;

// ---------------------------------------------------------------- elements

export function elementAccess(node: ts.ElementAccessExpression, cx: Lower): Val {
  return element(narrowed(cx.val(node.expression), cx), node.argumentExpression, node, cx);
}

/** `object[key]`, the key evaluated after the object. */
function element(object: Val, keyNode: ts.Expression, node: ts.Node, cx: Lower): Val {
  return elementOf(object, cx.atom(keyNode), keyNode, node, cx);
}

/** `object[key]`, both evaluated. */
export function elementOf(object: Val, key: Atom, keyNode: ts.Expression, node: ts.Node, cx: Lower): Val {
  return (
    lookUp(object, key, keyNode, (name) => property(object, name, node, cx), cx) ??
    elementByKey(object, key, keyNode, node, cx)
  );
}

/** `array[index]` as a value that may be absent. */
export function elementOrUndefined(array: Value, index: Atom, node: ts.Node, cx: Lower): Val {
  cx.at(node);
  const { present, load } = checkedElement(array, index, cx);
  return cx.choose(present, load, () => constant(undefined), node);
}

export function elementByKey(object: Val, key: Atom, keyNode: ts.Node, node: ts.Node, cx: Lower): Val {
  if (key.kind === 'const' && typeof key.value === 'string') return property(object, key.value, node, cx);
  if (object.kind === 'list') {
    if (key.kind === 'const') return object.items[Number(key.value)] ?? constant(undefined);
    return itemByIndex(object.items, cx.toNumber(key, keyNode), node, cx);
  }
  if (object.kind === 'namespace' && key.kind === 'const') {
    return (
      object.member(String(key.value)) ?? cx.refuse(node, 'unknown-property', String(key.value), `\`${object.name}\``)
    );
  }
  const atom = cx.toAtom(object, node);
  const type = typeOf(atom);
  return elementOfAtom(type.kind === 'optional' ? cx.defined(atom) : atom, key, keyNode, node, cx);
}

/** `[sin, cos][index]`: one after the other is asked for, the last is it. */
function itemByIndex(items: readonly Val[], index: Atom, node: ts.Node, cx: Lower): Val {
  if (items.length === 0 || items.length > most) return cx.refuse(node, 'function-value', 'which function this is');
  cx.at(node);
  const tests = items.map((_, k) => cx.op('eq', index, constant(k)));
  const isOne = tests.reduce((a, b) => cx.op('or', a, b));
  cx.throwIf(cx.not(isOne), 'RangeError', [constant('there is no element '), index]);
  return cx.firstOf(items, tests, undefined, node);
}

function elementOfAtom(object: Atom, key: Atom, keyNode: ts.Node, node: ts.Node, cx: Lower): Atom {
  const type = typeOf(object);
  if (type.kind === 'str') return cx.refuse(node, 'string-operation', 'a character of a string');
  if (type.kind === 'record' && type.tuple === true) return tupleElement(object, type, key, node, cx);
  if (type.kind !== 'array') return cx.refuse(keyNode, 'dynamic-property', `\`${keyNode.getText()}\``);
  cx.at(node);
  return cx.element(object, cx.toNumber(key, keyNode));
}

function tupleElement(object: Atom, type: RecordType, key: Atom, node: ts.Node, cx: Lower): Atom {
  if (key.kind === 'const') {
    const name = String(key.value);
    cx.at(node);
    if (!type.fields.some((f) => f.name === name)) return constant(undefined);
    const found = cx.b.load(object, field(name));
    cx.doubtful.add(found);
    return found;
  }
  return cx.refuse(node, 'dynamic-property', 'an index into a tuple of different types');
}

/**
 * `array[index]` where the source asks whether it is there: `x[i] ?? d`, `x[i] === undefined`. The IR's load of a
 * missing number is undefined too, but its type does not say so.
 */
export function checkedElement(
  array: Atom,
  index: Atom,
  cx: Lower,
): { readonly present: Atom; readonly load: () => Atom } {
  const length = cx.b.length(array);
  const inside = cx.op('and', cx.op('ge', index, zero), cx.op('lt', index, length));
  const whole = index.kind === 'const' ? constant(Number.isInteger(index.value)) : cx.b.op('isInteger', [index]);
  return { present: cx.op('and', inside, whole), load: () => cx.elementInside(array, index) };
}

/** The index that a negative number means in `at`, `slice` and the like. */
export function fromEnd(index: Atom, length: Atom, cx: Lower): Atom {
  if (index.kind === 'const') {
    return Number(index.value) < 0 ? cx.op('add', length, index) : index;
  }
  const target = value(num);
  const { origin } = cx.b;
  const cond = cx.op('lt', index, zero);
  const then = cx.inBlock(() => cx.op('add', index, length));
  cx.b.push({
    kind: 'if',
    cond,
    then: { stmts: then.stmts, yields: [then.result] },
    else: { stmts: [], yields: [index] },
    results: [target],
    origin,
  });
  return target;
}
