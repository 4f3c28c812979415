/** Objects whose fields are known at compile time, read and written by a key of which TypeScript knows the few values it has. */

import { ts } from 'ts-morph';
import { constant, typeOf } from '../ir/build.js';
import type { Atom } from '../ir/types.js';
import type { Lower } from './context.js';
import { isAtom, type Val } from './values.js';

/** More entries than this are no choice that anybody would want to read. */
export const most = 24;

/** The values that an expression can have: one, or those of a union. */
export function literalsOf(node: ts.Expression, cx: Lower): readonly (string | number)[] | undefined {
  const own = cx.checker.getTypeAtLocation(node);
  const type = own.flags & ts.TypeFlags.Instantiable ? (cx.checker.getBaseConstraintOfType(own) ?? own) : own;
  const found: (string | number)[] = [];
  for (const part of type.isUnion() ? type.types : [type]) {
    if (!part.isStringLiteral() && !part.isNumberLiteral()) return undefined;
    found.push(part.value);
  }
  return found;
}

/** `table[key]`: the first entry unless the key is another's; `entry` reads one by its name. */
export function lookUp(
  object: Val,
  key: Atom,
  keyNode: ts.Expression,
  entry: (name: string) => Val,
  cx: Lower,
): Val | undefined {
  const names = hasFields(object) ? namesOf(key, keyNode, cx) : undefined;
  if (names === undefined) return undefined;
  // Asked before the first choice, so that a choice between functions has nothing to run.
  const tests = names.slice(0, -1).map((name) => cx.op('eq', key, constant(name)));
  const from = (k: number): Val => {
    const [test, name] = [tests[k], String(names[k])];
    if (test === undefined) return entry(name);
    return cx.choose(
      test,
      () => entry(name),
      () => from(k + 1),
      keyNode,
    );
  };
  return from(0);
}

/** `table[key] = …`: `write` writes into the field of a name. */
export function writeTo(
  key: Atom,
  names: readonly (string | number)[],
  write: (name: string) => void,
  cx: Lower,
): void {
  const [name, ...rest] = names;
  if (name === undefined) return;
  if (rest.length === 0) return write(String(name));
  cx.branch(
    cx.op('eq', key, constant(name)),
    () => write(String(name)),
    () => writeTo(key, rest, write, cx),
  );
}

/** The names that a key can be, if they are few. */
export function namesOf(key: Atom, node: ts.Expression, cx: Lower): readonly (string | number)[] | undefined {
  const values = literalsOf(node, cx);
  if (values === undefined || values.length > most) return undefined;
  const kind = typeOf(key).kind === 'num' ? 'number' : 'string';
  return values.length === 1 || values.every((value) => typeof value === kind) ? values : undefined;
}

/** Whether an object is told apart by names: no array or tuple. */
export const hasFields = (object: Val): boolean =>
  object.kind === 'struct' ||
  (object.kind === 'value' &&
    object.type.kind === 'record' &&
    object.type.tuple !== true &&
    object.type.collection === undefined);

/** The names of an object's fields, if all of them are there, in the order in which JavaScript lists them. */
export function keysOf(val: Val): readonly string[] | undefined {
  const names = writtenNames(val);
  const isIndex = (name: string): boolean => /^(0|[1-9]\d*)$/.test(name);
  const indices = names?.filter(isIndex).sort((a, b) => Number(a) - Number(b));
  return names && indices && [...indices, ...names.filter((name) => !isIndex(name))];
}

function writtenNames(val: Val): readonly string[] | undefined {
  if (val.kind === 'struct') return [...val.fields.keys()].filter((name) => !name.startsWith('set '));
  if (val.kind === 'namespace') return val.names?.();
  if (!isAtom(val)) return undefined;
  const type = typeOf(val);
  if (type.kind !== 'record' || !hasFields(val) || type.fields.some((f) => f.type.kind === 'optional'))
    return undefined;
  return type.fields.map((f) => f.name);
}
