/** What is asked of an instance whose class is known at run time only: fields, accessors, methods, its class. */

import { ts } from 'ts-morph';
import { field, no } from '../ir/build.js';
import type { Atom, Value } from '../ir/types.js';
import { property } from './access.js';
import type { Lower } from './context.js';
import { type Family, type Member, membersOf } from './families.js';
import { findMember, superClass } from './members.js';
import type { ClassVal, Val } from './values.js';

/** `use` of an instance: one after the other is asked for whether it is there, the last is. */
function dispatch(
  object: Value,
  among: readonly Member[],
  use: (instance: Value) => Val,
  node: ts.Node,
  cx: Lower,
): Val {
  const [first, ...rest] = among;
  if (first === undefined) throw new Error('a family without members');
  const loaded = cx.b.load(object, field(first.name));
  if (cx.isGrowing(object)) cx.growing.add(loaded);
  const found = (): Val => {
    const instance = cx.b.op('unwrap', [loaded]);
    cx.classes.set(instance, first.of);
    if (cx.isGrowing(loaded)) cx.growing.add(instance);
    return use(instance);
  };
  if (rest.length === 0) return found();
  return cx.choose(cx.op('defined', loaded), found, () => dispatch(object, rest, use, node, cx), node);
}

/** The members that have something called `name`; TypeScript knows that an instance is of one of them. */
function having(object: Value, type: Family, name: string, node: ts.Node, cx: Lower): readonly Member[] {
  const found = membersOf(type, node, cx).filter(
    (member) => isData(member, name) || findMember(member.of, name, false, cx) !== undefined,
  );
  return found.length > 0 ? found : cx.refuse(node, 'unknown-property', name, 'this object');
}

const isData = ({ type }: Member, name: string): boolean =>
  type.kind === 'record' && type.fields.some((f) => f.name === name);

/** `object.name`, a field, an accessor or a method. */
export function familyProperty(object: Value, type: Family, name: string, node: ts.Node, cx: Lower): Val {
  const among = having(object, type, name, node, cx);
  const isMethod = among.every(({ of }) => {
    const member = findMember(of, name, false, cx);
    return member !== undefined && ts.isMethodDeclaration(member.element);
  });
  if (isMethod) return { kind: 'method', object, name };
  return dispatch(object, among, (instance) => property(instance, name, node, cx), node, cx);
}

/** `use` of every instance that has something called `name`. */
export function ofEach(
  object: Value,
  type: Family,
  name: string,
  node: ts.Node,
  cx: Lower,
  use: (instance: Value) => Val,
): Val {
  return dispatch(object, having(object, type, name, node, cx), use, node, cx);
}

/** Whether an instance is of a class or of one that extends it. */
export function isInstance(object: Value, type: Family, of: ClassVal, node: ts.Node, cx: Lower): Atom {
  return membersOf(type, node, cx)
    .filter((member) => isOrExtends(member.of, of, cx))
    .map(({ name }) => cx.op('defined', cx.b.load(object, field(name))))
    .reduce((a, b) => cx.op('or', a, b), no);
}

/** Whether a class is another or extends it. */
export function isOrExtends(of: ClassVal, other: ClassVal, cx: Lower): boolean {
  for (let at: ClassVal | undefined = of; at !== undefined; at = superClass(at, cx))
    if (at.node === other.node) return true;
  return false;
}
