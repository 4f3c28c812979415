/** Programs that trigger the diagnostic codes that no fixture under fixtures/errors does. */
import path from 'node:path';
import type { CodeName } from '../src/diagnostics/codes.js';
import type { CompileOptions } from '../src/options.js';
import { root } from './fixture-files.js';

export interface Case {
  readonly text: string;
  readonly file?: string;
  readonly options?: CompileOptions;
}

const numbers = (body: string): string => `export function f(x: number, xs: number[]): number {\n${body}\n}\n`;
const chain = (tag: string, p: string): string =>
  [
    `${tag}export const h = (x: number, theta: number): number => x * theta;`,
    p,
    'export const beta = (phi: number, i: number): number => phi * i;',
  ].join('\n');
const twoNumbers = 'export const p = (x: number[]): number => x[0]!;';

/** What is too slow, too rare or no error at all for a fixture of refusals. */
export const cases: Partial<Record<CodeName, Case>> = {
  'file-not-found': { text: '', file: '/nowhere/model.ts' },
  'invalid-tsconfig': { text: numbers('  return x;'), options: { tsconfig: path.join(root, 'nowhere.json') } },
  'too-large': { text: `export const f = (x: number): number => ${'Math.sin('.repeat(1500)}x${')'.repeat(1500)};` },
  'module-cycle': {
    text: `const a: number = g();\nfunction g(): number {\n  return a + 1;\n}\n${numbers('  return x * a;')}`,
  },
  'unsupported-argument': { text: numbers('  return Math.max(x, Math.atan2(...(xs as [number, number])));') },
  'dynamic-dispatch': {
    text: [
      'class A {\n  go(x: number): number {\n    return x;\n  }\n}',
      'class B extends A {\n  override go(x: number): number {\n    return 2 * x;\n  }\n}',
      'export function f(a: A, x: number): number {\n  return a.go(x) + new B().go(x);\n}',
    ].join('\n'),
  },
  'unknown-property': {
    text: 'class A {\n  static k = 2;\n}\nexport const f = (x: number): number => x * A.name.length * A.k;',
  },
  'unsupported-operator': { text: numbers('  return x * Number(0 in xs);') },
  'loose-equality': { text: 'export const f = (x: number, s: boolean): number => ((s as unknown) == 1 ? x : 2 * x);' },
  'unsupported-destructuring': { text: numbers("  const [a] = 'text';\n  return a === 't' ? x : xs[0]!;") },
  'operator-use': {
    text: `import { grad } from 'adgen';\n${numbers('  const g = (y: number): number => y * x;\n  return grad(g, xs.length)(x);')}`,
  },
  'console-dropped': { text: numbers("  console.log('x');\n  return x;") },
  'no-active-parameter': { text: 'export const f = (n: number): number => [1, 2, 3][n]!;' },
  'grad-of-array': {
    text: '/** @adgen grad */\nexport const f = (x: number[]): number[] => x.map((v) => v * v);',
  },
  'copies-parameter': { text: numbers('  xs[0] = x;\n  return xs[0] * x;') },
  'no-chain': { text: chain('', twoNumbers) },
  'chain-mismatch': { text: chain('/** @adgen chain */\n', twoNumbers) },
};

/** What `compile` is given for a case. */
export const inputOf = ({ text, file }: Case): { readonly file: string; readonly text?: string } =>
  file === undefined ? { file: path.join(root, 'fixtures/model.ts'), text } : { file };
