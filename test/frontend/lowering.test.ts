import { describe, expect, it } from 'vitest';
import { loadProgram, lowerFunction } from '../../src/frontend/index.js';
import { check } from '../../src/ir/check.js';
import { printFn } from '../../src/ir/print.js';
import { statements } from '../../src/ir/visit.js';

const file = '/virtual/model.ts';

function lowered(text: string, virtual: Readonly<Record<string, string>> = {}) {
  const program = loadProgram({ file, text, virtual: new Map(Object.entries(virtual)) });
  expect(program.diagnostics).toEqual([]);
  const { fn, diagnostics } = lowerFunction(program, 'f');
  expect(diagnostics).toEqual([]);
  if (fn === undefined) throw new Error('not lowered');
  check(fn, { cells: true, derive: true });
  return fn;
}

const printed = (text: string): string => printFn(lowered(text));

describe('what is lowered to what', () => {
  it('puts what follows an early return into the other arm', () => {
    expect(
      printed(`export function f(x: number): number {
        if (x < 0) return 0;
        const y = x * x;
        return y + 1;
      }`),
    ).toMatchInlineSnapshot(`
      "fn f(x: num) -> num
        cell @result: num
        %1 = lt x 0
        if %1
          write @result = 0
          yield
        else
          y = mul x x
          %2 = add y 1
          write @result = %2
          yield
        %3 = read @result
        yield %3
      "
    `);
  });

  it('leaves a loop early through its condition', () => {
    expect(
      printed(`export function f(xs: number[]): number {
        let s = 0;
        for (let i = 0; i < xs.length; i++) {
          if (xs[i]! < 0) continue;
          s += xs[i]!;
          if (s > 10) break;
        }
        return s;
      }`),
    ).toMatchInlineSnapshot(`
      "fn f(xs: num[]) -> num
        cell @s: num = 0
        cell @i: num = 0
        loop
          cell @again: bool = false
          i = read @i
          %1 = length xs
          %2 = lt i %1
          if %2
            cell @left: bool = false
            i2 = read @i
            %3 = load xs[i2]
            %4 = lt %3 0
            if %4
              yield
            else
              s = read @s
              i3 = read @i
              %5 = load xs[i3]
              %6 = add s %5
              write @s = %6
              s2 = read @s
              %7 = gt s2 10
              if %7
                write @left = true
                yield
              else
                yield
              yield
            left = read @left
            %8 = not left
            if %8
              i4 = read @i
              %9 = add i4 1
              write @i = %9
              write @again = true
              yield
            else
              yield
            yield
          else
            yield
          again = read @again
          yield again
        s3 = read @s
        yield s3
      "
    `);
  });

  it('needs no cell for what is never assigned, and captures by reference what is', () => {
    expect(
      printed(`export function f(x: number): number {
        let k = 1;
        const scale = x * 2;
        const add = (v: number) => { k += v * scale; };
        add(3);
        return k;
      }`),
    ).toMatchInlineSnapshot(`
      "fn f(x: num) -> num
        cell @k: num = 1
        scale = mul x 2
        k = read @k
        %1 = mul 3 scale
        %2 = add k %1
        write @k = %2
        k2 = read @k
        yield k2
      "
    `);
  });

  it('makes a chain of ifs of a switch', () => {
    expect(
      printed(`export function f(x: number, kind: 'a' | 'b' | 'c'): number {
        switch (kind) {
          case 'a':
            return x;
          case 'b':
            x = 2 * x;
            break;
          default:
            x = 3;
        }
        return x + 1;
      }`),
    ).toMatchInlineSnapshot(`
      "fn f(x: num, passive kind: str) -> num
        cell @result: num
        cell @x: num = x
        %1 = eq kind "a"
        if %1
          x2 = read @x
          write @result = x2
          yield
        else
          %2 = eq kind "b"
          if %2
            x3 = read @x
            %3 = mul 2 x3
            write @x = %3
            yield
          else
            write @x = 3
            yield
          x4 = read @x
          %4 = add x4 1
          write @result = %4
          yield
        %5 = read @result
        yield %5
      "
    `);
  });

  it('takes module constants as numbers and makes arrays where the function starts', () => {
    expect(
      printed(`const dt = 0.5 * 2;
      const weights = [1, dt];
      export const f = (x: number): number => x * dt * weights[1]!;`),
    ).toMatchInlineSnapshot(`
      "fn f(x: num) -> num
        weights = make [1, 1]
        %1 = mul x 1
        %2 = load weights[1]
        %3 = mul %1 %2
        yield %3
      "
    `);
  });

  it('makes a push of a store at the end of a list that starts empty', () => {
    expect(
      printed(`export function f(n: number, x: number): number[] {
        const out: number[] = [];
        for (let i = 0; i < n; i++) out[i] = i * x;
        return out;
      }`),
    ).toMatchInlineSnapshot(`
      "fn f(n: num, x: num) -> num[]
        out = make []
        cell @i: num = 0
        loop
          cell @again: bool = false
          i = read @i
          %1 = lt i n
          if %1
            i2 = read @i
            i3 = read @i
            %2 = mul i3 x
            push out %2
            i4 = read @i
            %3 = add i4 1
            write @i = %3
            write @again = true
            yield
          else
            yield
          again = read @again
          yield again
        yield out
      "
    `);
  });
});

describe('operators', () => {
  const model = `export function h(x: number, theta: number[]): number { return x * theta[0]!; }
    export const beta = (phi: number[], i: number): number => phi[0]! * i;`;

  it('become derive statements on functions of other files', () => {
    const fn = lowered(
      `import { h } from './user.js';
      import { inner, jvp, vjp } from 'adgen/structure';
      export function f(x: number, theta: number[], c: number, dTheta: number[]): number {
        const { value, cotangents } = vjp(h)(x, theta, c);
        const { tangent } = jvp(h)(x, theta, 1, dTheta);
        return value + cotangents.x + inner(cotangents.theta, dTheta) + tangent;
      }`,
      { '/virtual/user.ts': model },
    );
    const derives = [...statements(fn.body)].filter((stmt) => stmt.kind === 'derive');
    expect(derives.map(({ mode, callee, wrt }) => [mode, callee.name, wrt])).toEqual([
      ['vjp', 'h', [true, true]],
      ['jvp', 'h', [true, true]],
    ]);
    expect(derives[0]?.callee).toBe(derives[1]?.callee);
  });

  it('add into accumulators', () => {
    const fn = lowered(
      `import { beta } from './user.js';
      import { vjpInto, zerosLike } from 'adgen/structure';
      export function f(phi: number[], c: number): number[] {
        const sum = zerosLike(phi);
        for (let i = 0; i < 3; i++) vjpInto(beta)(phi, i, c, { phi: sum });
        return sum;
      }`,
      { '/virtual/user.ts': model },
    );
    const [derive] = [...statements(fn.body)].filter((stmt) => stmt.kind === 'derive');
    expect(derive?.into).toHaveLength(2);
  });

  it('fix parameters to constants', () => {
    const program = loadProgram({ file, text: 'export const f = (x: number, K: number): number => x * K * 2;' });
    const { fn } = lowerFunction(program, 'f', file, { constants: new Map([['K', 8]]) });
    expect(fn && printFn(fn)).toMatchInlineSnapshot(`
      "fn f(x: num) -> num
        %1 = mul x 8
        %2 = mul %1 2
        yield %2
      "
    `);
  });
});

describe('size', () => {
  it('stays linear in the number of early exits', () => {
    const sizeOf = (n: number): number => {
      const guards = Array.from({ length: n }, (_, k) => `if (x > ${k}) { if (x > ${k}.5) return ${k}; x += 1; }`);
      const fn = lowered(`export function f(x: number): number {\n${guards.join('\n')}\nreturn x;\n}`);
      return [...statements(fn.body)].length;
    };
    const [small, large] = [sizeOf(10), sizeOf(40)];
    expect(large).toBeLessThan(4.5 * small);
  });

  it('takes sums of thousands of terms and thousands of statements', () => {
    const terms = Array.from({ length: 5000 }, (_, k) => `x * ${k}`).join(' + ');
    const lines = Array.from({ length: 5000 }, (_, k) => `s += x * ${k};`).join('\n');
    const fn = lowered(`export function f(x: number): number {\nlet s = ${terms};\n${lines}\nreturn s;\n}`);
    expect([...statements(fn.body)].length).toBeGreaterThan(20_000);
  });
});
