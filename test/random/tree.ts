/**
 * What a random program is made from: a tree of choices. `program.ts` reads it as TypeScript, and gives every tree a
 * meaning: numbers are taken modulo what there is to choose from, missing parts are the simplest ones. So fast-check may
 * shrink a tree any way it likes (drop statements, drop operands, lower numbers) and the program stays a program.
 */

import * as fc from 'fast-check';

export interface ExprTree {
  readonly n: readonly number[];
  readonly args: readonly ExprTree[];
}

export interface StmtTree {
  readonly n: readonly number[];
  readonly exprs: readonly ExprTree[];
  readonly blocks: readonly (readonly StmtTree[])[];
}

export interface HelperTree {
  readonly kind: number;
  readonly body: readonly StmtTree[];
  readonly results: readonly ExprTree[];
}

export interface ProgramTree {
  readonly params: readonly number[];
  readonly result: number;
  readonly helpers: readonly HelperTree[];
  readonly body: readonly StmtTree[];
  readonly exprs: readonly ExprTree[];
}

// Unbiased: fast-check's preference for small numbers would prefer the first alternatives of every choice.
const choice = fc.noBias(fc.nat(9999));
const choices = (count: number) => fc.tuple(...Array.from({ length: count }, () => choice));

const exprs = Array.from({ length: 4 }).reduce<fc.Arbitrary<ExprTree>[]>((built) => {
  const smaller = built.at(-1);
  const args = smaller === undefined ? fc.constant([]) : fc.array(smaller, { maxLength: 2, size: 'max' });
  return [...built, fc.record({ n: choices(3), args })];
}, []);
const expr = exprs[3] ?? fc.record({ n: choices(3), args: fc.constant([]) });

const statements = (depth: number, most: number): fc.Arbitrary<StmtTree[]> =>
  fc.array(statement(depth), { minLength: depth === 3 ? 1 : 0, maxLength: most, size: 'max' });

const statement = (depth: number): fc.Arbitrary<StmtTree> =>
  fc.record({
    n: choices(6),
    exprs: fc.array(expr, { maxLength: 3, size: 'max' }),
    blocks: depth === 0 ? fc.constant([]) : fc.array(statements(depth - 1, 4), { maxLength: 2, size: 'max' }),
  });

export const programTree: fc.Arbitrary<ProgramTree> = fc.record({
  params: fc.array(choice, { maxLength: 3, size: 'max' }),
  result: choice,
  helpers: fc.array(
    fc.record({ kind: choice, body: statements(1, 2), results: fc.array(expr, { maxLength: 2, size: 'max' }) }),
    {
      maxLength: 2,
      size: 'max',
    },
  ),
  body: statements(3, 9),
  exprs: fc.array(expr, { maxLength: 2, size: 'max' }),
});
