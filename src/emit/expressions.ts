/**
 * Expressions as text with the fewest parentheses that keep the tree. Floating-point arithmetic is not associative:
 * `a + (b + c)` and `(a + b) + c` are told apart.
 */

import type { Op } from '../ir/types.js';
import { quote } from './names.js';

export interface Expr {
  readonly text: string;
  readonly level: number;
  /** For `s = s + e` → `s += e`. */
  readonly binary?: { readonly sign: string; readonly left: Expr; readonly right: Expr };
  /** This is `!(negated)`. */
  readonly negated?: Expr;
  /** This is `-(opposite)`, and so are the same bits. */
  readonly opposite?: Expr;
}

/** Precedence of JavaScript's operators. */
export const levels = {
  conditional: 1,
  nullish: 2,
  or: 3,
  and: 4,
  bitor: 5,
  bitxor: 6,
  bitand: 7,
  equality: 8,
  relation: 9,
  shift: 10,
  sum: 11,
  product: 12,
  power: 13,
  unary: 14,
  member: 16,
  primary: 17,
} as const;

export const plain = (text: string): Expr => ({ text, level: levels.primary });
export const member = (text: string): Expr => ({ text, level: levels.member });

/** The text of an expression where one of at least `level` may stand. */
export const at = ({ text, level }: Expr, least: number): string => (level >= least ? text : `(${text})`);

const signs: Partial<Record<Op, readonly [sign: string, level: number]>> = {
  add: ['+', levels.sum],
  sub: ['-', levels.sum],
  mul: ['*', levels.product],
  div: ['/', levels.product],
  rem: ['%', levels.product],
  bitand: ['&', levels.bitand],
  bitor: ['|', levels.bitor],
  bitxor: ['^', levels.bitxor],
  shl: ['<<', levels.shift],
  shr: ['>>', levels.shift],
  ushr: ['>>>', levels.shift],
  lt: ['<', levels.relation],
  le: ['<=', levels.relation],
  gt: ['>', levels.relation],
  ge: ['>=', levels.relation],
  eq: ['===', levels.equality],
  ne: ['!==', levels.equality],
  same: ['===', levels.equality],
  and: ['&&', levels.and],
  or: ['||', levels.or],
};

const numberTests: ReadonlySet<Op> = new Set<Op>(['isNaN', 'isFinite', 'isInteger']);

function binary(sign: string, level: number, left: Expr, right: Expr): Expr {
  return { text: `${at(left, level)} ${sign} ${at(right, level + 1)}`, level, binary: { sign, left, right } };
}

export function literal(value: number | boolean | string | undefined): Expr {
  if (typeof value === 'string') return plain(quote(value));
  if (typeof value !== 'number') return plain(String(value));
  if (Object.is(value, -0)) return { text: '-0', level: levels.unary, opposite: plain('0') };
  if (value < 0) return { text: String(value), level: levels.unary, opposite: literal(-value) };
  return plain(String(value));
}

const opposites: ReadonlyMap<string, string> = new Map([
  ['===', '!=='],
  ['!==', '==='],
  ['!=', '=='],
  ['==', '!='],
]);

export function negate(expr: Expr): Expr {
  if (expr.negated !== undefined) return expr.negated;
  const opposite = opposites.get(expr.binary?.sign ?? '');
  if (expr.binary !== undefined && opposite !== undefined) {
    const { left, right } = expr.binary;
    return { ...binary(opposite, levels.equality, left, right), negated: expr };
  }
  return { text: `!${at(expr, levels.unary)}`, level: levels.unary, negated: expr };
}

function minus(expr: Expr): Expr {
  if (expr.opposite !== undefined) return expr.opposite;
  const { binary: inner, level } = expr;
  // -(a * b) and (-a) * b have the same bits; so do the quotients.
  if (inner !== undefined && level === levels.product && inner.sign !== '%') {
    return { ...binary(inner.sign, level, minus(inner.left), inner.right), opposite: expr };
  }
  const text = at(expr, levels.unary);
  return { text: text.startsWith('-') ? `-(${text})` : `-${text}`, level: levels.unary, opposite: expr };
}

const isPresence = ({ sign, right }: { readonly sign: string; readonly right: Expr }): boolean =>
  (sign === '!==' && right.text === 'undefined') || (sign === '!=' && right.text === 'null');

/** Whether something is there that may be `null` as well as undefined. */
export const presence = (x: Expr): Expr => binary('!=', levels.equality, x, plain('null'));

export function choose(cond: Expr, yes: Expr, no: Expr): Expr {
  // `x !== undefined ? x : d`
  const test = cond.binary;
  if (test !== undefined && isPresence(test) && test.left.text === yes.text) {
    return { text: `${at(yes, levels.bitor)} ?? ${at(no, levels.bitor)}`, level: levels.nullish };
  }
  const level = levels.conditional;
  if (cond.negated !== undefined && cond.binary === undefined) return choose(cond.negated, no, yes);
  return { text: `${at(cond, level + 1)} ? ${at(yes, level + 1)} : ${at(no, level + 1)}`, level };
}

/** `op(args)` for every operation but `unwrap`. */
export function operation(op: Op, args: readonly Expr[]): Expr {
  const [a = plain('undefined'), b = plain('undefined'), c = plain('undefined')] = args;
  const sign = signs[op];
  // x + (-y) is x - y to the bit, and x - (-y) is x + y.
  if (op === 'add' && b.opposite !== undefined) return operation('sub', [a, b.opposite]);
  if (op === 'sub' && b.opposite !== undefined) return operation('add', [a, b.opposite]);
  if (op === 'add' && a.opposite !== undefined && !isLiteral(a)) return operation('sub', [b, a.opposite]);
  if ((op === 'eq' || op === 'ne') && isLiteral(a) && isLiteral(b)) {
    // TypeScript refuses a comparison whose outcome it knows.
    return plain(String((Number(a.text) === Number(b.text)) === (op === 'eq')));
  }
  if (sign !== undefined) return binary(sign[0], sign[1], a, b);
  switch (op) {
    case 'neg':
      return minus(a);
    case 'not':
      return negate(a);
    case 'pow':
      // A minus sign may not stand before the base.
      return { text: `${at(a, levels.member)} ** ${at(b, levels.power)}`, level: levels.power };
    case 'bitnot':
      return { text: `~${at(a, levels.unary)}`, level: levels.unary };
    case 'defined':
      return binary('!==', levels.equality, a, plain('undefined'));
    case 'select':
      return choose(a, b, c);
    case 'num':
      return choose(a, plain('1'), plain('0'));
    case 'text':
      return plain(template(args));
    default: {
      const name = numberTests.has(op) ? `Number.${op}` : `Math.${op}`;
      return member(`${name}(${args.map(({ text }) => text).join(', ')})`);
    }
  }
}

const isLiteral = ({ text }: Expr): boolean => /^-?[\d.]/.test(text) && !Number.isNaN(Number(text));

/** A template literal, or a string if there is nothing to insert. */
export function template(parts: readonly Expr[]): string {
  const isText = ({ text }: Expr) => text.startsWith("'");
  if (parts.length === 1 && parts[0] !== undefined && isText(parts[0])) return parts[0].text;
  const inner = parts.map((part) =>
    isText(part)
      ? part.text.slice(1, -1).replaceAll("\\'", "'").replaceAll('`', '\\`').replaceAll('${', '\\${')
      : `\${${part.text}}`,
  );
  return `\`${inner.join('')}\``;
}

/** `target = value`, shorter where the value starts from the target. */
export function assignment(target: string, { text, binary: root }: Expr): string {
  if (root !== undefined && compound.has(root.sign)) {
    const { sign, left, right } = root;
    const commutes = sign === '+' || sign === '*';
    const rest = left.text === target ? right : commutes && right.text === target ? left : undefined;
    if (rest !== undefined) {
      if ((sign === '+' || sign === '-') && rest.text === '1') return `${target}${sign}${sign};`;
      return `${target} ${sign}= ${rest.text};`;
    }
  }
  return `${target} = ${text};`;
}

const compound = new Set(['+', '-', '*', '/', '%']);
