import { describe, expect, it } from 'vitest';
import { loadProgram, lowerFunction, readModule } from '../../src/frontend/index.js';

const file = '/virtual/model.ts';

/** Codes and places of what is refused in a module. */
function refused(text: string): readonly string[] {
  const program = loadProgram({ file, text });
  expect(program.diagnostics.map(({ message }) => message)).toEqual([]);
  const found = readModule(program).exports.flatMap((each) =>
    each.candidate ? lowerFunction(program, each.name).diagnostics.filter(({ level }) => level === 'error') : [],
  );
  return found.map(({ code, origin }) => `${code} ${origin.line}:${origin.column}`);
}

const body = (...lines: readonly string[]): string =>
  ['export function f(x: number, xs: number[], n: number): number {', ...lines, '  return x;', '}'].join('\n');

describe('what is refused, and where', () => {
  const cases: readonly (readonly [title: string, text: string, ...found: readonly string[]])[] = [
    ['async functions', 'export async function f(x: number): Promise<number> {\n  return x;\n}', 'async 1:23'],
    ['generators', 'export function* f(x: number): Generator<number> {\n  yield x;\n}', 'generator 1:18'],
    ['await in a helper', body('  const g = async () => x;', '  void g();'), 'async 2:13'],
    ['try', body('  try {', '    x += 1;', '  } catch {', '    x = 0;', '  }'), 'try-catch 2:3'],
    ['Math.random', body('  x *= Math.random();'), 'impure-call 2:8'],
    ['Date.now', body('  x *= Date.now();'), 'impure-call 2:8'],
    ['performance.now', body('  x *= performance.now();'), 'impure-call 2:8'],
    ['new Date', body('  const d = new Date();', '  x += d.getTime();'), 'impure-call 2:13'],
    ['any parameters', 'export function f(x: any): number {\n  return x * 2;\n}', 'any-type 1:22'],
    ['any variables', body('  const y: any = x;'), 'any-type 2:12'],
    ['casts to any', body('  x += (n as any).foo;'), 'any-type 2:14'],
    [
      'maps with objects as keys',
      body('  const m = new Map<number[], number>();', '  m.set(xs, n);'),
      'collection 2:13',
    ],
    ['sets of objects', body('  const s = new WeakSet<number[]>();', '  s.add(xs);'), 'collection 2:13'],
    ['JSON', body('  x = JSON.parse(JSON.stringify(x)) as number;'), 'json 2:18'],
    ['toFixed', body('  x = Number(x.toFixed(2));'), 'text-of-number 2:14'],
    ['numbers read from template literals', body('  x = Number(`${x}`);'), 'number-from-text 2:7'],
    ['String(x)', body("  x = String(x) === '1' ? 1 : 2;"), 'text-of-number 2:7'],
    ['the length of number + string', body("  const s = 'x' + x;", '  x = s.length;'), 'string-operation 3:9'],
    ['parseFloat', body("  x += parseFloat('1.5');"), 'number-from-text 2:8'],
    ['string methods', body("  const s = n > 0 ? 'a,b' : 'c';", "  x += s.split(',').length;"), 'string-operation 3:8'],
    [
      'comparing strings by order',
      body("  const s = n > 0 ? 'a' : 'c';", "  if (s < 'b') x = 1;"),
      'string-operation 3:7',
    ],
    ['regular expressions', body("  if (/a/.test('a')) x = 1;"), 'regex 2:7'],
    ['bigint', body('  x = Number(BigInt(3) + 2n);'), 'bigint 2:14'],
    ['eval', body("  x = eval('1') as number;"), 'eval 2:7'],
    ['new Function', body("  x = (new Function('return 1'))() as number;"), 'eval 2:8'],
    ['delete', body('  const o: { a?: number } = { a: x };', '  delete o.a;'), 'delete 3:3'],
    ['for in', body('  for (const k in xs) x += xs[Number(k)]!;'), 'dynamic-property 2:3'],
    [
      'dynamic property names',
      body('  const o = { a: x, b: 2 };', "  const k: string = n > 0 ? 'a' : 'b';", '  x = o[k as never];'),
      'dynamic-property 4:9',
    ],
    [
      'recursion with another function every time',
      'const g = (x: number, next: (y: number) => number): number =>\n  x > 1 ? g(x / 2, (y) => next(y + x)) : next(x);\nexport const f = (x: number): number => g(x, (y) => y);',
      'recursion 2:11',
    ],
    [
      'module state',
      'let k = 0;\nexport function f(x: number): number {\n  k += x;\n  return k;\n}',
      'module-state 3:3',
    ],
    [
      'module arrays that are written',
      'const k = [0];\nexport function f(x: number): number {\n  k[0] = x;\n  return x;\n}',
      'module-state 3:3',
    ],
    [
      'module arrays written by a helper',
      'const k = [0];\nconst set = (a: number[], x: number): void => {\n  a[0] = x;\n};\nexport function f(x: number): number {\n  set(k, x);\n  return x;\n}',
      'module-state 3:3',
    ],
    [
      'functions without source',
      'declare function g(x: number): number;\nexport function f(x: number): number {\n  return g(x);\n}',
      'no-source 3:10',
    ],
    ['sorting without comparison', body('  x = xs.slice().sort()[0]!;'), 'unsupported-argument 2:7'],
    [
      'comparisons with effects',
      body('  let c = 0;', '  const s = xs.slice().sort((a, b) => { c++; return a - b; });', '  x = s[0]! + c;'),
      'comparison-effect 3:41',
    ],
    ['holes', body('  const h = [1, , x];', '  x += h[0]!;'), 'sparse-array 2:13'],
    [
      'functions chosen at run time',
      body(
        '  const fs: ((x: number) => number)[] = [Math.cos];',
        '  if (n > 2) fs.push(Math.sin);',
        '  x = fs[0]!(x);',
      ),
      'function-value 3:14',
    ],
    [
      'assigned function variables',
      body('  let g = Math.sin;', '  if (n > 0) g = Math.cos;', '  x = g(x);'),
      'function-value 3:14',
    ],
    [
      'a variable of two types',
      body('  let y: number | number[] = x;', '  if (n > 0) y = xs;', '  if (typeof y === "number") x = y;'),
      'mixed-types 3:14',
    ],
    [
      'recursive types',
      'interface Tree {\n  v: number;\n  l?: Tree;\n}\nexport function f(t: Tree): number {\n  return t.v;\n}',
      'recursive-type 5:19',
    ],
    [
      'unions of arrays',
      'export function f(x: number[] | Float64Array): number {\n  return x[0]!;\n}',
      'unsupported-type 1:19',
    ],
    ['string iteration', body("  for (const c of 'abc') if (c === 'a') x++;"), 'unsupported-syntax 2:19'],
    ['loose equality of different types', body("  if ((x as unknown) == '1') x = 2;"), 'loose-equality 2:22'],
    [
      'getters with effects',
      'class C {\n  n = 0;\n  get next(): number {\n    return ++this.n;\n  }\n}\nexport function f(x: number): number {\n  return x * new C().next;\n}',
      'accessor-effect 4:12',
    ],
    [
      'dynamic dispatch',
      'class A {\n  v(): number {\n    return 1;\n  }\n}\nclass B extends A {\n  override v(): number {\n    return 2;\n  }\n}\nexport function f(x: number): number {\n  let a = new A();\n  if (x > 0) a = new B();\n  return a.v() * x;\n}',
      'dynamic-dispatch 14:12',
    ],
    [
      'tagged templates',
      'const t = (s: TemplateStringsArray, x: number) => x + s.length;\nexport function f(x: number): number {\n  return t`${x}`;\n}',
      'unsupported-syntax 3:10',
    ],
    ['Promise', body('  void Promise.resolve(x).then((v) => v);'), 'async 2:8'],
    ['several at once', body('  x *= Math.random();', '  x += Date.now();'), 'impure-call 2:8', 'impure-call 3:8'],
    [
      'where the helper is',
      'function g(x: number): number {\n  return x * Math.random();\n}\nexport function f(x: number): number {\n  return g(x) + g(2 * x);\n}',
      'impure-call 2:14',
    ],
  ];
  it.each(cases.map(([title, text, ...found]) => ({ title, text, found })))('$title', ({ text, found }) => {
    expect(refused(text)).toEqual(found);
  });
});

describe('readModule', () => {
  const text = `
export interface State { x: number }
export const gain = 3;
export const label = 'a';
export class C {}
export function nothing(x: number): void {}
export function noReal(s: string): number { return 1; }
export function noResult(x: number): boolean { return x > 0; }
export function generic<T>(x: T): T { return x; }
export function callback(f: (x: number) => number): number { return f(1); }
enum Mode { A, B }
export function byMode(m: Mode): number { return m === Mode.A ? 1 : 2; }
/**
 * Says what it does.
 *
 * @adgen jvp vjp wrt=x as=fVjpX const K=8
 * @adgen grad bogus
 */
export function f(x: number, K: number): number { return x * K; }
export const g = (s: State): State => s;
export { f as h };
export default function (x: number): number { return x; }
`;
  const program = loadProgram({ file, text });
  const module = readModule(program);

  it('tells candidates from the rest, with reasons', () => {
    expect(module.exports.map((each) => `${each.name}: ${each.candidate ? 'candidate' : each.reason}`)).toEqual([
      'gain: it is not a function',
      'label: it is not a function',
      'C: it is a class',
      'nothing: it returns nothing',
      'noReal: no parameter holds a real number',
      'noResult: its result holds no real number',
      'generic: it is generic, and its type parameters are open',
      'callback: a parameter or its result is a function',
      'byMode: no parameter holds a real number',
      'f: candidate',
      'g: candidate',
      'h: candidate',
      'default: candidate',
    ]);
  });

  it('reads doc comments and tags', () => {
    const f = module.exports.find(({ name }) => name === 'f');
    expect(f).toMatchObject({ doc: ['Says what it does.'], params: ['x', 'K'] });
    expect(f?.candidate && f.tags).toMatchObject([
      { modes: ['jvp', 'vjp'], wrt: ['x'], as: 'fVjpX', constants: { K: 8 }, skip: false },
      { modes: ['grad'] },
    ]);
    expect([...new Set(module.diagnostics.map(({ code, message }) => `${code}: ${message}`))]).toEqual([
      'unknown-tag: `bogus` is not understood in an @adgen tag',
    ]);
  });
});

describe('loadProgram', () => {
  const problems = (text: string) =>
    loadProgram({ file, text }).diagnostics.map(({ code, origin }) => `${code} ${origin.line}:${origin.column}`);

  it('reports syntax and type errors at their places', () => {
    expect(problems('export const f = (x: number => x;')).toEqual(['syntax-error 1:29']);
    expect(problems('export const a: string = 1;\nexport const b = c;')).toEqual([
      'type-error 1:14',
      'type-error 2:18',
    ]);
    expect(loadProgram({ file: '/virtual/absent.ts' }).diagnostics).toMatchObject([{ code: 'file-not-found' }]);
  });

  it('does not nag', () => {
    expect(problems('export function f(x: number, unused: number) {\n  const y = 1;\n  return x;\n  x++;\n}')).toEqual(
      [],
    );
  });
});
