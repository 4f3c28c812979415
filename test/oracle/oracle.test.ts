import { describe, expect, it } from 'vitest';
import { arrayOf, num } from '../../src/ir/build.js';
import { checkAt, CheckFailure, type Subject } from './checks.js';
import { derivatives } from './richardson.js';
import { difference, moved, poisoned, Random, randomTangent, realPaths, reals, shared } from './values.js';

const vector = arrayOf(num, 'f64');

/** y = a · x², and its derivatives by hand. */
const subject: Subject = {
  name: 'squares',
  params: [
    { name: 'a', type: num, tangent: num },
    { name: 'x', type: vector, tangent: vector },
  ],
  resultTangent: vector,
  original: (a, x) => (x as Float64Array).map((v) => (a as number) * v * v),
  forward: (a, x, out) =>
    into(
      out,
      (x as Float64Array).map((v) => (a as number) * v * v),
    ),
  jvp: (a, x, aDot, xDot) => {
    const [c, v, cDot, vDot] = [a, x, aDot, xDot] as [number, Float64Array, number, Float64Array];
    return { value: v.map((y) => c * y * y), tangent: v.map((y, i) => cDot * y * y + 2 * c * y * vDot[i]!) };
  },
  vjp: (a, x, cotangent) => {
    const [c, v, u] = [a, x, cotangent] as [number, Float64Array, Float64Array];
    return {
      value: v.map((y) => c * y * y),
      cotangents: { a: v.reduce((sum, y, i) => sum + u[i]! * y * y, 0), x: v.map((y, i) => 2 * c * y * u[i]!) },
    };
  },
};

function into(out: unknown, result: Float64Array): Float64Array {
  if (out === undefined) return result;
  (out as Float64Array).set(result);
  return out as Float64Array;
}

const point = [1.3, Float64Array.of(0.37, -0.71, 0.77)];
const run = (changes: Partial<Subject>) => () => checkAt({ ...subject, ...changes }, point, { out: false });
type Args = [number, Float64Array, ...unknown[]];

describe('checks', () => {
  it('pass right derivatives', () => {
    expect(run({})()).toEqual({ judged: 6, unclear: 0, threw: false });
  });

  it('find a value that is off by one bit', () => {
    const forward = (...[a, x]: Args) => x.map((v) => a * (v * v));
    expect(run({ forward: forward as Subject['original'] })).toThrow(/forward changes the value/);
  });

  it('find a wrong jvp and a wrong vjp', () => {
    const jvp: Subject['original'] = (...args) => {
      const right = subject.jvp?.(...args) as { value: unknown; tangent: Float64Array };
      return { ...right, tangent: right.tangent.map((t) => t * 1.0001) };
    };
    expect(run({ jvp })).toThrow(/jvp disagrees with differences/);
    const vjp: Subject['original'] = (...args) => {
      const right = subject.vjp?.(...args) as { value: unknown; cotangents: { a: number; x: Float64Array } };
      return { ...right, cotangents: { ...right.cotangents, a: 0 } };
    };
    expect(run({ vjp })).toThrow(/vjp is not the transpose of jvp/);
  });

  it('find changed inputs, shared memory and a neglected out', () => {
    const changes: Subject['original'] = (a, x) => (((x as Float64Array)[0] = 7), subject.original(a, x));
    expect(run({ forward: changes })).toThrow(/forward changes its inputs/);
    expect(run({ original: (_a, x) => x, forward: (_a, x) => x })).toThrow(/shares memory/);
    expect(() => checkAt({ ...subject, jvp: subject.jvp! }, point)).toThrow(/jvp does not return its out/);
  });

  it('do not judge at a kink', () => {
    const kink: Subject = {
      name: 'abs',
      params: [{ name: 'x', type: num, tangent: num }],
      resultTangent: num,
      original: (x) => Math.abs(x as number),
    };
    const jvp = (x: unknown) => ({ value: Math.abs(x as number), tangent: 5 });
    expect(checkAt({ ...kink, jvp }, [0], { out: false })).toEqual({ judged: 0, unclear: 2, threw: false });
    expect(() => checkAt({ ...kink, jvp }, [0.1], { out: false })).toThrow(CheckFailure);
  });

  it('want the same error as the original', () => {
    const original: Subject['original'] = () => {
      throw new RangeError('no');
    };
    expect(run({ original, forward: original, jvp: original, vjp: original })()).toMatchObject({ threw: true });
    expect(run({ original })).toThrow(/forward does not throw/);
  });
});

describe('differences', () => {
  it('are exact to many digits for a smooth function, and say so', () => {
    const [d] = derivatives((t) => [Math.exp(Math.sin(1 + t))]);
    const exact = Math.exp(Math.sin(1)) * Math.cos(1);
    expect(Math.abs(d!.value - exact)).toBeLessThan(1e-11);
    expect(Math.abs(d!.value - exact)).toBeLessThan(30 * d!.error);
  });

  it('step around a kink nearby', () => {
    const [d] = derivatives((t) => [Math.abs(t - 0.01)]);
    expect(d!.value).toBeCloseTo(-1, 8);
  });

  it('give no estimate at a kink or a jump', () => {
    const [kink, jump] = derivatives((t) => [Math.max(0, t), t > 0 ? 1 : 0]);
    expect(kink!.error).toBe(Infinity);
    // At large steps the curvature hides it.
    const [hidden] = derivatives((t) => [Math.sin(3 * t) + (t > 0 ? 0.004 * t : 0) + 0.1 * t * t]);
    expect(hidden!.error).toBe(Infinity);
    expect(jump!.error).toBeGreaterThan(1);
  });
});

describe('values', () => {
  const type = {
    kind: 'record',
    fields: [
      { name: 'a', type: num },
      { name: 'b', type: arrayOf(num) },
    ],
  } as const;

  it('are flattened in the order of the type', () => {
    expect(reals(type, { b: [2, 3], a: 1 })).toEqual([1, 2, 3]);
    expect(realPaths(type, { b: [2, 3], a: 1 }, 'x')).toEqual(['x.a', 'x.b[0]', 'x.b[1]']);
    expect(moved(type, { a: 1, b: [2], other: true }, { a: 1, b: [10] }, 0.5)).toEqual({ a: 1.5, b: [7], other: true });
  });

  it('are the same for the same seed', () => {
    const draw = () => randomTangent(new Random(5), type, { a: 1, b: [2, 3] });
    expect(draw()).toEqual(draw());
  });

  it('differ in a sign of zero, not in NaN', () => {
    expect(difference([NaN], [NaN])).toBeUndefined();
    expect(difference({ a: [0] }, { a: [-0] })).toBe('.a[0]: 0 and -0');
    expect(difference([1], Float64Array.of(1))).toContain('Array');
  });

  it('share what is one object or one buffer', () => {
    const x = new Float64Array(4);
    expect(shared({ a: [x] }, { b: x.subarray(1) })).toBe('.a[0] and .b');
    expect(shared([x.slice()], x)).toBeUndefined();
    expect(poisoned({ a: 1, b: [x], c: true })).toEqual({ a: NaN, b: [new Float64Array(4).fill(NaN)], c: false });
  });
});
