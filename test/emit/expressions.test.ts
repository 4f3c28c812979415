import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignment, choose, literal, negate, operation, plain, template } from '../../src/emit/expressions.js';
import { applyOp } from '../../src/ir/evaluate.js';
import type { Op } from '../../src/ir/types.js';

const [a, b, c] = [plain('a'), plain('b'), plain('c')];
const of = (op: Op, ...args: Parameters<typeof operation>[1]) => operation(op, args);

describe('parentheses', () => {
  it.each([
    [of('add', of('add', a, b), c), 'a + b + c'],
    [of('add', a, of('add', b, c)), 'a + (b + c)'],
    [of('sub', a, of('sub', b, c)), 'a - (b - c)'],
    [of('mul', a, of('mul', b, c)), 'a * (b * c)'],
    [of('div', of('mul', a, b), c), 'a * b / c'],
    [of('rem', a, of('div', b, c)), 'a % (b / c)'],
    [of('mul', of('add', a, b), c), '(a + b) * c'],
    [of('pow', of('neg', a), b), '(-a) ** b'],
    [of('neg', of('pow', a, b)), '-(a ** b)'],
    [of('pow', a, of('neg', b)), 'a ** -b'],
    [of('pow', of('pow', a, b), c), '(a ** b) ** c'],
    [of('pow', a, of('pow', b, c)), 'a ** b ** c'],
    [of('pow', literal(-2), b), '(-2) ** b'],
    [of('neg', of('sub', a, b)), '-(a - b)'],
    [of('neg', of('neg', a)), 'a'],
    [of('and', of('or', of('lt', a, b), of('gt', a, c)), of('eq', b, c)), '(a < b || a > c) && b === c'],
    [of('not', of('lt', a, b)), '!(a < b)'],
    [of('not', of('eq', a, b)), 'a !== b'],
    [of('bitand', of('add', a, b), c), 'a + b & c'],
    [of('shl', a, of('bitor', b, c)), 'a << (b | c)'],
    [of('select', of('lt', a, b), of('add', a, b), c), 'a < b ? a + b : c'],
    [of('add', of('select', a, b, c), c), '(a ? b : c) + c'],
    [of('max', a, of('add', b, c)), 'Math.max(a, b + c)'],
    [of('isFinite', a), 'Number.isFinite(a)'],
    [of('defined', a), 'a !== undefined'],
    [choose(of('defined', a), a, b), 'a ?? b'],
    [choose(negate(a), b, c), 'a ? c : b'],
  ])('%#: %s', ({ text }, expected) => {
    expect(text).toBe(expected);
  });
});

describe('signs', () => {
  it('are moved where the bits stay the same', () => {
    expect(of('add', a, of('neg', b)).text).toBe('a - b');
    expect(of('sub', a, of('neg', b)).text).toBe('a + b');
    expect(of('add', of('neg', a), b).text).toBe('b - a');
    expect(of('neg', of('mul', a, b)).text).toBe('-a * b');
    expect(of('add', a, of('neg', of('div', b, c))).text).toBe('a - b / c');
  });
});

describe('literals', () => {
  it.each([
    [-0, '-0'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [1e-9, '1e-9'],
    [1e21, '1e+21'],
    [0.1, '0.1'],
    ["it's", "'it\\'s'"],
    [true, 'true'],
    [undefined, 'undefined'],
  ])('%s', (value, text) => {
    expect(literal(value).text).toBe(text);
  });
  it('templates escape what would be inserted', () => {
    expect(template([literal('a `${b}` \\ '), plain('x')])).toBe('`a \\`\\${b}\\` \\\\ ${x}`');
    expect(template([literal('plain')])).toBe("'plain'");
  });
});

describe('assignments', () => {
  it.each([
    ['s', of('add', plain('s'), of('mul', a, b)), 's += a * b;'],
    ['s', of('add', of('mul', a, b), plain('s')), 's += a * b;'],
    ['s', of('sub', plain('s'), of('neg', a)), 's += a;'],
    ['s', of('sub', a, plain('s')), 's = a - s;'],
    ['s', of('add', of('add', plain('s'), a), b), 's = s + a + b;'],
    ['s', of('mul', plain('s'), of('add', a, b)), 's *= a + b;'],
    ['i', of('add', plain('i'), literal(1)), 'i++;'],
    ['i', of('sub', plain('i'), literal(1)), 'i--;'],
  ])('%s = %#', (target, value, text) => {
    expect(assignment(target, value)).toBe(text);
  });
});

const ops = ['add', 'sub', 'mul', 'div', 'rem', 'pow', 'neg', 'abs', 'select', 'lt', 'not'] as const;

interface Tree {
  readonly op?: (typeof ops)[number];
  readonly args: readonly Tree[];
  readonly value: number;
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(0, -0, 1, -1, 2.5, -0.3, NaN, Infinity).map((value): Tree => ({ args: [], value })),
    fc.record({
      op: fc.constantFrom(...ops),
      args: fc.tuple(tie('tree'), tie('tree'), tie('tree')),
      value: fc.constant(0),
    }),
  ),
}));

describe('random expressions', () => {
  it('mean in text what they mean as operations', () => {
    fc.assert(
      fc.property(tree, (root) => {
        const build = ({ op, args, value }: Tree): { value: unknown; expr: ReturnType<typeof literal> } => {
          if (op === undefined) return { value, expr: literal(value) };
          const inner = args
            .slice(0, op === 'neg' || op === 'abs' || op === 'not' ? 1 : op === 'select' ? 3 : 2)
            .map(build);
          // Conditions are booleans, everything else is a number.
          const fit = inner.map((part, k) => {
            const wanted = op === 'not' || (op === 'select' && k === 0) ? 'boolean' : 'number';
            if (typeof part.value === wanted) return part;
            return wanted === 'number'
              ? { value: applyOp('num', [part.value]), expr: operation('num', [part.expr]) }
              : { value: applyOp('lt', [part.value, 1]), expr: operation('lt', [part.expr, literal(1)]) };
          });
          return {
            value: applyOp(
              op,
              fit.map((part) => part.value),
            ),
            expr: operation(
              op,
              fit.map((part) => part.expr),
            ),
          };
        };
        const { value, expr } = build(root);
        expect(new Function(`return ${expr.text};`)()).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });
});
