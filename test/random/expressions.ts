/**
 * Expressions of random programs. Functions are given arguments inside their domains, and away from where their
 * derivatives are infinite; what multiplies is bounded by whoever assigns it in a loop.
 */

import { language, type Piece, type PieceName } from './language.js';
import { within, type Kind, type Scope, type Size, type Variable } from './scope.js';
import type { ExprTree } from './tree.js';

export type HelperKind = 'scalar' | 'pair' | 'item' | 'vector';
export interface Helper {
  readonly name: string;
  readonly kind: HelperKind;
}

/** What all parts of one program share: names, helpers, and which constructs it has used. */
export class Context {
  readonly used = new Set<string>();
  readonly helpers: Helper[] = [];
  /** Pieces of `library` that are called. */
  readonly pieces = new Set<keyof typeof library>();
  /** Pieces of `language` that are called. */
  readonly language = new Set<PieceName>();
  readonly #uses = new Map<string, 'index' | 'number'>();
  readonly #counts = new Map<string, number>();

  fresh(prefix: string): string {
    const count = this.#counts.get(prefix) ?? 0;
    this.#counts.set(prefix, count + 1);
    return `${prefix}${count}`;
  }

  /** Notes that a piece of the library is needed, and gives its name. */
  piece(name: keyof typeof library): string {
    this.pieces.add(name);
    this.used.add(name);
    return name;
  }

  /**
   * Whole numbers to count with, or to calculate with. A parameter is used in one of the two ways: where it is both,
   * differences tell nothing, as they find another element or none.
   */
  ints(scope: Scope, as: 'index' | 'number'): readonly Variable[] {
    return scope.of('int').filter(({ name, size }) => size !== undefined || (this.#uses.get(name) ?? as) === as);
  }

  /** `name` is from now on only used like this. */
  usedAs(name: string, as: 'index' | 'number'): string {
    this.#uses.set(name, as);
    return name;
  }

  use(construct: string): void {
    this.used.add(construct);
  }
}

/** Declarations that a program has if it uses them: what is too rare or too rigid to be generated. */
export const library = {
  gravity: ['const gravity = 9.81;'],
  weights: ['const weights = [0.2, 0.5, 0.3];'],
  blend: ['function blend(a: number, b = 0.5, c?: number): number {', '  return a * b + (c ?? 1);', '}'],
  repeat: [
    'function repeat(f: (t: number) => number, times: number, x: number): number {',
    '  let y = x;',
    '  for (let k = 0; k < times; k++) y = Math.tanh(f(y));',
    '  return y;',
    '}',
  ],
  turned: ['function turned<T>([a, b]: [T, T]): [T, T] {', '  return [b, a];', '}'],
  mean: [
    'function mean(...xs: number[]): number {',
    '  let sum = 0;',
    '  for (const x of xs) sum += x;',
    '  return sum / xs.length;',
    '}',
  ],
  Spring: [
    'class Spring {',
    '  private last = 0;',
    '  constructor(readonly k: number, private rest: number) {}',
    '  force(x: number): number {',
    '    this.last = x - this.rest;',
    '    return -this.k * this.last;',
    '  }',
    '  get stretch(): number {',
    '    return this.last;',
    '  }',
    '}',
  ],
  advance: [
    'function advance(state: State, dt: number): State {',
    '  const pos = state.pos.map((p) => p + dt * state.vel);',
    '  return { pos, vel: state.vel - dt * Math.sin(pos[0]) };',
    '}',
  ],
  branching: [
    'function branching(a: number, b: number, depth: number): number {',
    '  if (depth <= 0) return Math.sin(a) * b;',
    '  const left = branching(a * 0.5, b, depth - 1);',
    '  let sum = left * Math.cos(b);',
    '  for (let k = 0; k < depth; k++) sum += 0.3 * branching(b, left + k, depth - 2) * Math.tanh(sum);',
    '  return sum;',
    '}',
  ],
  mutual: [
    'function even(a: number, b: number, n: number): number {',
    '  return n <= 0 ? a : odd(Math.tanh(a * b), b, n - 1);',
    '}',
    'function odd(a: number, b: number, n: number): number {',
    '  return n <= 0 ? -a * b : even(a + 0.5, Math.sin(b), n - 1) * a;',
    '}',
  ],
  descend: [
    'function descend(xs: number[], i: number, scale: number): number {',
    '  if (i >= xs.length) return scale;',
    '  xs[i] *= scale;',
    '  const below = descend(xs, i + 1, Math.cos(scale + xs[i]));',
    '  xs[i] += below * xs[i];',
    '  return below * 0.5 + xs[i];',
    '}',
    'function descended(xs: ArrayLike<number>, scale: number): number {',
    '  const copy = Array.from(xs);',
    '  const last = descend(copy, 0, scale);',
    '  return copy.reduce((sum, x) => sum + Math.sin(x), last);',
    '}',
  ],
} satisfies Record<string, readonly string[]>;

export const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];

const nothing: ExprTree = { n: [0, 0, 0], args: [] };
const constants = ['0.5', '1.25', '-0.75', '2', '0.3', '1', '-1', '0.1', '3', '0'];

type Write = (a: string, b: string) => string;

/** Operations by name, simplest first. */
const operations: readonly (readonly [name: string, write: Write])[] = [
  ['+', (a, b) => `(${a} + ${b})`],
  ['-', (a, b) => `(${a} - ${b})`],
  ['*', (a, b) => `${a} * ${b}`],
  ['/', (a, b) => `${a} / (1.5 + ${b} * ${b})`],
  ['neg', (a) => `(-${a})`],
  ['sin', (a) => `Math.sin(${a})`],
  ['cos', (a) => `Math.cos(${a})`],
  ['**2', (a) => `(${a}) ** 2`],
  ['**3', (a) => `Math.sin(${a}) ** 3`],
  ['**', (a, b) => `(1.2 + Math.sin(${a})) ** Math.cos(${b})`],
  ['sqrt', (a) => `Math.sqrt(1 + ${a} * ${a})`],
  ['tanh', (a) => `Math.tanh(${a})`],
  ['exp', (a) => `Math.exp(Math.sin(${a}))`],
  ['log', (a) => `Math.log(1.5 + ${a} * ${a})`],
  ['max', (a, b) => `Math.max(${a}, ${b})`],
  ['min', (a, b) => `Math.min(${a}, ${b}, 1.5)`],
  ['abs', (a) => `Math.abs(${a})`],
  ['hypot', (a, b) => `Math.hypot(${a}, ${b}, 1)`],
  ['pow', (a) => `Math.pow(1 + ${a} * ${a}, 0.7)`],
  ['atan', (a) => `Math.atan(${a})`],
  ['atan2', (a, b) => `Math.atan2(${a}, 2 + Math.sin(${b}))`],
  ['asin', (a) => `Math.asin(0.9 * Math.sin(${a}))`],
  ['acos', (a) => `Math.acos(0.8 * Math.cos(${a}))`],
  ['tan', (a) => `Math.tan(Math.sin(${a}))`],
  ['sinh', (a) => `Math.sinh(Math.sin(${a}))`],
  ['cosh', (a) => `Math.cosh(Math.sin(${a}))`],
  ['asinh', (a) => `Math.asinh(${a})`],
  ['acosh', (a) => `Math.acosh(2 + ${a} * ${a})`],
  ['atanh', (a) => `Math.atanh(0.7 * Math.sin(${a}))`],
  ['cbrt', (a) => `Math.cbrt(2 + Math.sin(${a}))`],
  ['expm1', (a) => `Math.expm1(Math.sin(${a}))`],
  ['log1p', (a) => `Math.log1p(${a} * ${a})`],
  ['log2', (a) => `Math.log2(3 + Math.sin(${a}))`],
  ['log10', (a) => `Math.log10(3 + Math.cos(${a}))`],
  ['%', (a) => `(${a} % 1.7)`],
  ['floor', (a) => `Math.floor(${a})`],
  ['round', (a) => `Math.round(2 * ${a})`],
  ['trunc', (a) => `Math.trunc(${a})`],
  ['ceil', (a) => `Math.ceil(${a})`],
  ['sign', (a) => `Math.sign(${a})`],
];

/** Calls into the library, and what else is said of a whole array at once. */
const calls: readonly ((
  cx: Context,
  scope: Scope,
  a: () => string,
  b: () => string,
  n: number,
) => string | undefined)[] = [
  (cx, _scope, a, _b) => `${cx.piece('blend')}(${a()})`,
  (cx, _scope, a, b) => `${cx.piece('blend')}(${a()}, ${b()}, 0.3)`,
  (cx, scope, a, _b, n) => {
    const fn = pick(scope.of('fn'), n);
    return fn && !fn.name.includes('.') ? `${cx.piece('repeat')}(${fn.name}, 2, ${a()})` : undefined;
  },
  (cx, _scope, a, b) => `${cx.piece('repeat')}((t) => t * ${a()} + 0.2, 3, ${b()})`,
  (cx, _scope, a, b) => `${cx.piece('mean')}(${a()}, ${b()}, 0.7)`,
  (cx, scope, _a, _b, n) => {
    const array = pick(
      scope.of('list').filter((v) => v.size !== 'some'),
      n,
    );
    return array && `${cx.piece('mean')}(...${array.name})`;
  },
  (cx, scope, a, _b, n) => {
    const array = pick(
      scope.of('f64', 'list').filter((v) => v.size !== 'some'),
      n,
    );
    if (array !== undefined) cx.use('spread into max');
    return array && `Math.max(...${array.name}, ${a()})`;
  },
  (cx, _scope, a, b) => `${cx.piece('branching')}(${a()}, ${b()}, ${a()} > 0 ? 3 : 2)`,
  (cx, _scope, a, b) => {
    cx.piece('mutual');
    return `even(${a()}, ${b()}, ${b()} > 0 ? 3 : 2)`;
  },
  (cx, scope, a, _b, n) => {
    const array = pick(
      scope.of('f64', 'list').filter((v) => v.size !== 'some'),
      n,
    );
    if (array !== undefined) cx.piece('descend');
    return array && `descended(${array.name}, ${a()})`;
  },
  (cx, _scope, a, _b) => `0.1 * ${cx.piece('gravity')} * ${a()}`,
  (cx, scope, a, _b, n) => `${cx.piece('weights')}[${whole(cx, scope, n)}] * ${a()}`,
];

/** Written so that it may stand next to any operator. */
export function expr(cx: Context, scope: Scope, tree: ExprTree = nothing): string {
  const [kind = 0, a = 0, b = 0] = tree.n;
  const [first, second] = tree.args;
  if (first === undefined) return leaf(cx, scope, kind, a, b);
  const left = () => expr(cx, scope, first);
  const right = () => (second === undefined ? leaf(cx, scope, a, b, kind) : expr(cx, scope, second));
  // Arithmetic is as likely as all functions of Math together.
  switch (kind % 21) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5: {
      const [name, write] = pick(operations.slice(0, 4), a) ?? ['', left];
      cx.use(name);
      return write === undefined ? left() : `(${write(left(), right())})`;
    }
    case 6:
    case 7:
    case 8:
    case 9:
    case 10: {
      const [name, write] = pick(operations, a) ?? ['', left];
      cx.use(name);
      return `(${write(left(), right())})`;
    }
    case 11:
      cx.use('?:');
      return `(${condition(cx, scope, tree)} ? ${left()} : ${right()})`;
    case 12: {
      const fn = pick(scope.of('fn'), a);
      if (fn === undefined) return left();
      cx.use('call of a closure');
      return `${fn.name}(${left()})`;
    }
    case 13: {
      const helper = pick(
        cx.helpers.filter((h) => h.kind !== 'vector'),
        a,
      );
      if (helper === undefined) return left();
      cx.use(`call of a helper: ${helper.kind}`);
      const call = `${helper.name}(${left()}, ${right()})`;
      if (helper.kind === 'pair') return `${call}[${b % 2}]`;
      return helper.kind === 'item' ? `${call}.${b % 2 === 0 ? 'p' : 'q'}` : call;
    }
    case 14: {
      const array = pick(scope.of('f64', 'list'), a);
      if (array === undefined) return left();
      cx.use('reduce');
      const [sum, each] = [cx.fresh('acc'), cx.fresh('e')];
      return `${array.name}.reduce((${sum}, ${each}) => ${sum} + ${each} * ${left()}, ${right()})`;
    }
    case 15:
    case 16:
    case 17:
    case 18:
      return `(${called(cx, scope, left, right, a, b)})`;
    case 19: {
      const text = pick(calls, a)?.(cx, scope, left, right, b);
      return text === undefined ? left() : `(${text})`;
    }
    default: {
      const flag = pick(scope.of('bool'), a);
      return flag === undefined ? left() : `(${flag.name} ? ${left()} : ${right()})`;
    }
  }
}

const pieceNames = Object.keys(language) as PieceName[];

/** A call into the pieces of the language. */
function called(cx: Context, scope: Scope, left: () => string, right: () => string, a: number, b: number): string {
  const name = pick(pieceNames, a) ?? 'enum';
  const array = pick(
    scope.of('f64', 'list').filter((v) => v.size !== 'some' && v.size !== 1),
    b,
  );
  const [x, y] = [left(), right()];
  cx.use(name);
  cx.language.add(name);
  const piece: Piece = language[name];
  return piece.call(x, y, array?.name ?? `[${x}, ${y}]`, b % 4);
}

/** A number without operands: a constant, a variable, an element, a field. */
function leaf(cx: Context, scope: Scope, kind: number, a: number, b: number): string {
  const parts: (() => string | undefined)[] = [
    () => pick(scope.of('num'), a)?.name,
    () => pick(scope.of('num'), b)?.name,
    () =>
      constants[a % constants.length]?.startsWith('-')
        ? `(${constants[a % constants.length]})`
        : constants[a % constants.length],
    () => element(cx, scope, pick(scope.of('f64', 'list'), a), b),
    () => element(cx, scope, pick(scope.of('f64', 'list'), b), a),
    () => {
      const object = pick(scope.of('pair', 'item'), a);
      return object && part(object, b);
    },
    () => {
      const rows = pick(scope.of('rows'), a);
      return rows && `${rows.name}[${index(cx, scope, rows, a)}][${index(cx, scope, rows, b)}]`;
    },
    () => {
      const items = pick(scope.of('items'), a);
      return items && `${items.name}[${index(cx, scope, items, b)}].${a % 2 === 0 ? 'p' : 'q'}`;
    },
    () => {
      const i = pick(cx.ints(scope, 'number'), a);
      if (i === undefined) return undefined;
      cx.use('index as a number');
      return cx.usedAs(i.name, 'number');
    },
    () => {
      const state = pick(scope.of('state'), a);
      return state && (b % 2 === 0 ? `${state.name}.vel` : `${state.name}.pos[${b % 3 === 0 ? 1 : 0}]`);
    },
  ];
  return pick(parts, kind)?.() ?? pick(scope.of('num'), a)?.name ?? '1.25';
}

/** A whole number from 0 to 2, if there is one to count with. */
function whole(cx: Context, scope: Scope, n: number): string {
  const i = pick(cx.ints(scope, 'index'), n);
  return i === undefined ? String(n % 3) : `${cx.usedAs(i.name, 'index')} % 3`;
}

export const part = (object: Variable, n: number): string =>
  object.kind === 'pair' ? `${object.name}[${n % 2}]` : `${object.name}.${n % 2 === 0 ? 'p' : 'q'}`;

function element(cx: Context, scope: Scope, array: Variable | undefined, n: number): string | undefined {
  if (array === undefined) return undefined;
  if (array.size === 'some' || n % 13 === 0) {
    cx.use('?? on an element');
    return `(${array.name}[${n % 5}] ?? 0.25)`;
  }
  return `${array.name}[${index(cx, scope, array, n)}]`;
}

/** An index that is within the array, whatever the sizes at run time. */
export function index(cx: Context, scope: Scope, array: Variable, n: number): string {
  const least = array.size === 'n' || array.size === undefined ? 2 : array.size === 'some' ? 1 : array.size;
  const i = pick(cx.ints(scope, 'index'), n >> 3);
  if (i === undefined || n % 4 === 0) return String(n % least);
  cx.usedAs(i.name, 'index');
  const safe = within(i.size, array.size);
  if (!safe) return `${i.name} % ${array.name}.length`;
  switch (n % 7) {
    case 1:
      if ((i.from ?? 0) < 1) return i.name;
      cx.use('neighbour');
      return `${i.name} - 1`;
    case 2:
      return `${array.name}.length - 1 - ${i.name}`;
    case 3:
      return `(${i.name} + 1) % ${array.name}.length`;
    default:
      return i.name;
  }
}

export function condition(cx: Context, scope: Scope, tree: ExprTree = nothing): string {
  const [kind = 0, a = 0, b = 0] = tree.n;
  const [first, second] = tree.args;
  const compare = ['<', '>', '<=', '>='][b % 4] ?? '<';
  const active = () => {
    cx.use('comparison of reals');
    return `${expr(cx, scope, first)} ${compare} ${second === undefined ? (constants[a % 6] ?? '0') : expr(cx, scope, second)}`;
  };
  switch (kind % 12) {
    case 6:
    case 7: {
      const i = pick(cx.ints(scope, 'index'), a);
      if (i === undefined) return active();
      cx.usedAs(i.name, 'index');
      cx.use('comparison of indices');
      return b % 2 === 0 ? `${i.name} % 2 === ${b % 3 === 0 ? 0 : 1}` : `${i.name} ${compare} ${b % 3}`;
    }
    case 8:
      cx.use('&&');
      return `(${active()} && ${leaf(cx, scope, a, b, kind)} > -1.5)`;
    case 9:
      cx.use('||');
      return `(${active()} || ${leaf(cx, scope, a, b, kind)} > 0.7)`;
    case 10:
      cx.use('!');
      return `!(${active()})`;
    case 11:
      return pick(scope.of('bool'), a)?.name ?? active();
    case 5: {
      const mode = pick(scope.of('mode'), a);
      if (mode === undefined) return active();
      cx.use('comparison of strings');
      return `${mode.name} ${b % 2 === 0 ? '===' : '!=='} '${b % 3 === 0 ? 'soft' : 'hard'}'`;
    }
    case 4: {
      const array = pick(scope.of('f64', 'list'), a);
      if (array === undefined) return active();
      const [word, e] = [b % 2 === 0 ? 'some' : 'every', cx.fresh('e')];
      cx.use(word);
      return `${array.name}.${word}((${e}) => ${e} > ${constants[a % 6] ?? '0'})`;
    }
    default:
      return active();
  }
}

export const sizeOf = (array: Variable): Size => array.size ?? 'n';
export const typeText: Readonly<Partial<Record<Kind, string>>> = {
  num: 'number',
  f64: 'Float64Array',
  list: 'number[]',
  pair: '[number, number]',
  item: 'Item',
  rows: 'number[][]',
  items: 'Item[]',
  state: 'State',
  mode: "'soft' | 'hard'",
  bool: 'boolean',
  int: 'number',
};
