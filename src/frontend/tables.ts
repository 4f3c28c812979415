/** Tables whose entries are known at compile time, looked up by a key of which TypeScript knows the few values it has. */

import { ts } from 'ts-morph';
import { constant, typeOf } from '../ir/build.js';
import type { Atom } from '../ir/types.js';
import type { Lower } from './context.js';
import type { Val } from './values.js';

/** More entries than this are no choice that anybody would want to read. */
const most = 24;

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
  const isTable = object.kind === 'struct' || (object.kind === 'value' && isConstantRecord(object, cx));
  const values = isTable ? literalsOf(keyNode, cx) : undefined;
  if (values === undefined || values.length > most) return undefined;
  const kind = typeOf(key).kind;
  if (values.length > 1 && !values.every((value) => typeof value === (kind === 'num' ? 'number' : 'string'))) {
    return undefined;
  }
  // Asked before the first choice, so that a choice between functions has nothing to run.
  const tests = values.slice(0, -1).map((value) => cx.op('eq', key, constant(value)));
  const from = (k: number): Val => {
    const [test, name] = [tests[k], String(values[k])];
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

/** A record of the module's that nothing writes into: an object that is passed in is not a table. */
const isConstantRecord = (object: Extract<Val, { kind: 'value' }>, cx: Lower): boolean =>
  object.type.kind === 'record' && object.type.tuple !== true && cx.frozen.has(object);
