/**
 * Instances of which only run time says of which class they are: elements of `Shape[]`. Such a value is a record with a
 * field for every class; one of them holds the instance itself, so that all who have it see what is done to it.
 */

import { ts } from 'ts-morph';
import { constant, typeOf } from '../ir/build.js';
import { assignable } from '../ir/check.js';
import type { Atom, RecordType, Type } from '../ir/types.js';
import type { Lower } from './context.js';
import { describe } from './types.js';
import type { ClassVal } from './values.js';

export interface Family extends RecordType {
  readonly family: RecordType;
}

export const isFamily = (type: Type): type is Family => type.kind === 'record' && type.family !== undefined;

/** One class of a family. */
export interface Member {
  readonly name: string;
  readonly of: ClassVal;
  readonly type: Type;
}

export function membersOf({ fields }: Family, node: ts.Node, cx: Lower): readonly Member[] {
  return fields.map(({ name, type }) => {
    const declaration = cx.session.program.names.classCalled(name);
    const of = declaration && cx.classValue(declaration);
    if (of === undefined) return cx.refuse(node, 'dynamic-dispatch', name);
    return { name, of, type: type.kind === 'optional' ? type.of : type };
  });
}

/** An instance of a known class as one of the family. */
export function toFamily(atom: Atom, type: Family, node: ts.Node, cx: Lower): Atom {
  const from = typeOf(atom);
  if (isFamily(from) && assignable(from, type)) return atom;
  const made = atom.kind === 'value' ? cx.classes.get(atom) : undefined;
  const own = made && membersOf(type, node, cx).find(({ of }) => of.node === made.node);
  if (own === undefined || !assignable(from, own.type))
    return cx.refuse(node, 'mixed-types', describe(type), describe(from));
  const found = cx.b.make(
    type,
    type.fields.map(({ name }) => (name === own.name ? atom : constant(undefined))),
  );
  if (cx.isGrowing(atom)) cx.growing.add(found);
  return found;
}

/** The family that two instances of different classes have in common. */
export function familyOf(a: Atom, b: Atom, cx: Lower): Family | undefined {
  const [s, t] = [a, b].map((atom) => {
    if (atom.kind !== 'value') return undefined;
    return isFamily(atom.type) ? atom.type : cx.classes.get(atom)?.node;
  });
  if (s === undefined || t === undefined || s === t) return undefined;
  const names = [s, t].flatMap((side) => ('fields' in side ? side.fields.map(({ name }) => name) : nameOf(side, cx)));
  const classes = [...new Set(names)].flatMap((name) => cx.session.program.names.classCalled(name) ?? []);
  const type = cx.session.program.types.familyOf(classes);
  return type.kind === 'record' && isFamily(type) ? type : undefined;
}

const nameOf = (node: ts.ClassLikeDeclaration, cx: Lower): readonly string[] =>
  ts.isClassDeclaration(node) ? [cx.session.program.names.familyName(node)] : [];
