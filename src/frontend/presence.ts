/** Whether a value is there: elements may be read past the end of their array, and are `undefined` then. */

import { ts } from 'ts-morph';
import { constant, no, typeOf, value, yes } from '../ir/build.js';
import type { Atom } from '../ir/types.js';
import type { Lower } from './context.js';

export const isUndefined = (node: ts.Expression): boolean =>
  (ts.isIdentifier(node) && node.text === 'undefined') ||
  node.kind === ts.SyntaxKind.NullKeyword ||
  (ts.isVoidExpression(node) && ts.isNumericLiteral(node.expression));

/** What JavaScript's `if` makes of a value. */
export function truthy(atom: Atom, cx: Lower): Atom {
  const type = typeOf(atom);
  switch (type.kind) {
    case 'bool':
      return atom;
    case 'num':
      // 0, -0, NaN and an element that is not there are false.
      if (atom.kind === 'const') return constant(Boolean(atom.value));
      return cx.op('or', cx.op('lt', atom, constant(0)), cx.op('gt', atom, constant(0)));
    case 'str':
      return cx.op('and', cx.isDefined(atom), cx.op('ne', atom, constant('')));
    case 'array':
    case 'record':
      return cx.isDefined(atom);
    case 'void':
      return no;
    case 'optional': {
      const defined = cx.isDefined(atom);
      if (type.of.kind === 'array' || type.of.kind === 'record') return defined;
      const inner = cx.inBlock(() => truthy(cx.b.op('unwrap', [atom]), cx));
      const target = value(typeOf(yes));
      const { origin } = cx.b;
      const then = { stmts: inner.stmts, yields: [inner.result] };
      cx.b.push({ kind: 'if', cond: defined, then, else: { stmts: [], yields: [no] }, results: [target], origin });
      return target;
    }
  }
}
