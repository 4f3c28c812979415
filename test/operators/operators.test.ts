/** The operators that models import: their types, what they do uncompiled, and what is emitted for them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { operatorsText } from '../../src/frontend/ambient.js';
import * as operators from '../../src/operators.js';
import { root } from '../fixture-files.js';

const { grad, hessian, hvp, jacobian, jvp, stopGradient, valueAndGrad, vjp } = operators;

interface Layer {
  readonly weights: readonly number[];
  readonly kind: 'soft' | 'hard';
  readonly isLast: boolean;
}
declare const square: (x: number) => number;
declare const loss: (w: readonly number[], layer: Layer, training: boolean, data?: Float64Array) => number;
declare const field: (t: number, y: Float64Array) => Float64Array;
declare const pair: (p: readonly [number, number]) => [number, number, number];

describe('types', () => {
  // What is only declared is never called.
  const never = (): void => {
    expectTypeOf(grad(square)).toEqualTypeOf<(x: number) => number>();
    expectTypeOf(grad(loss)).returns.toEqualTypeOf<number[]>();
    expectTypeOf(grad(loss, 1)).returns.toEqualTypeOf<{ weights: number[] }>();
    expectTypeOf(grad(loss, 3)).returns.toEqualTypeOf<Float64Array>();
    expectTypeOf(grad(loss, [0, 1])).returns.toEqualTypeOf<[number[], { weights: number[] }]>();
    expectTypeOf(valueAndGrad(square)).returns.toEqualTypeOf<{ value: number; gradient: number }>();
    expectTypeOf(vjp(field)).parameters.toEqualTypeOf<[t: number, y: Float64Array, cotangent: Float64Array]>();
    expectTypeOf(vjp(field)).returns.toEqualTypeOf<{ value: Float64Array; cotangents: [number, Float64Array] }>();
    expectTypeOf(jvp(field)).parameters.toEqualTypeOf<[t: number, y: Float64Array, number, Float64Array]>();
    expectTypeOf(jvp(pair)).returns.toEqualTypeOf<{
      value: [number, number, number];
      tangent: [number, number, number];
    }>();
    expectTypeOf(hvp(square)).parameters.toEqualTypeOf<[x: number, number]>();
    expectTypeOf(jacobian(field)).returns.toEqualTypeOf<number[]>();
    expectTypeOf(jacobian(field, 1)).returns.toEqualTypeOf<number[][]>();
    expectTypeOf(jacobian(pair)).returns.toEqualTypeOf<number[][]>();
    expectTypeOf(hessian(square)).returns.toEqualTypeOf<number>();
    expectTypeOf(hessian(loss)).returns.toEqualTypeOf<number[][]>();
    expectTypeOf(grad(grad(square))).toEqualTypeOf<(x: number) => number>();
    expectTypeOf(stopGradient(pair)).toEqualTypeOf<typeof pair>();

    // @ts-expect-error -- the result is no number
    grad(field);
    // @ts-expect-error -- a flag has no derivative
    grad(loss, 2);
    // @ts-expect-error -- nor has a union of names
    grad((kind: 'soft' | 'hard') => kind.length);
    // @ts-expect-error -- there is no Jacobian of a record
    jacobian((x: number) => ({ x }));
  };

  it('are exact, and refuse what has no derivative', () => {
    expect(never).toBeTypeOf('function');
  });

  it('are those that models are compiled with', () => {
    const text = readFileSync(path.join(root, 'src/operators.ts'), 'utf8');
    const { outputText } = ts.transpileDeclaration(text, {
      fileName: 'operators.ts',
      compilerOptions: { removeComments: true, target: ts.ScriptTarget.ES2023 },
    });
    const plain = (declarations: string) =>
      declarations.replaceAll('export declare', 'export').replaceAll(/\s+/g, ' ').trim();
    expect(plain(operatorsText)).toBe(plain(outputText));
  });
});

it.each(Object.entries(operators))('%s says, uncompiled, what to do', (_name, operator) => {
  const call = operator as (f: unknown) => unknown; // each takes a function, or any value
  expect(() => call((x: number) => x)).toThrow(/run adgen on this file/);
});

describe('what is emitted', () => {
  const emitted = async (body: string): Promise<string> => {
    const text = `import { grad, hessian, hvp, jacobian, stopGradient } from 'adgen';\n${body}`;
    const { output, diagnostics } = await compile({ file: '/virtual/model.ts', text }, { modes: ['forward'] });
    expect(diagnostics.filter(({ level }) => level === 'error')).toEqual([]);
    return output?.text ?? '';
  };

  it('imports nothing', async () => {
    const text = await emitted(
      'export const f = (x: number): number => grad((y: number) => stopGradient(y) * y ** 3)(x);',
    );
    expect(text).not.toMatch(/import|held|stopGradient|Math\.held/);
    expect(text).toContain('return 3 * (x * x) * x;');
  });

  it('is the derivative, where that is a constant', async () => {
    const text = await emitted(
      'export const f = (x: number): number => grad((t: number) => t * grad((y: number) => t + y)(1))(x);',
    );
    expect(text).toContain('return 1;');
  });

  it('has neither loops nor zeros for a Hessian of fixed size', async () => {
    const text = await emitted(
      'export const f = (p: [number, number]): number[][] => hessian(([a, b]: [number, number]) => a * a * b)(p);',
    );
    const computed = text.slice(0, text.indexOf('if (!out)'));
    expect(computed).not.toMatch(/for \(|\b0 \*/);
  });
});
