import { expect, it } from 'vitest';
import { arrayOf, num, value, zero, type Builder } from '../../src/ir/build.js';
import type { Atom, Type } from '../../src/ir/types.js';
import { packArrays } from '../../src/optimise/pack-arrays.js';
import { after, fnOf, unchanged } from './printed.js';

const f64 = arrayOf(num, 'f64');
const xs = value(f64, 'xs');

/** For every element of xs a new array, put into a list; `give` says what comes of the list. */
const rows = (give: (b: Builder, list: Atom) => Atom, kept: Type = arrayOf(f64)) =>
  fnOf([xs], (b) => {
    const n = b.length(xs);
    const list = b.alloc(arrayOf(f64), n, undefined, 'list');
    b.each(n, (inner, i) => {
      const row = inner.alloc(f64, n, zero, 'row');
      inner.store(row, i, inner.load(xs, i));
      if (kept.kind === 'array') inner.store(list, i, row);
    });
    return give(b, list);
  });

it('makes one array of those that iterations keep', () => {
  const fn = rows((b, list) => b.load(b.load(list, zero), zero));
  expect(after(packArrays, fn)).toMatchInlineSnapshot(`
    "fn f(xs: f64[]) -> num
      %1 = length xs
      list = alloc f64[][] %1
      size = mul %1 %1
      rowParts = alloc f64[] size fill 0
      for i = 0; i < %1; i += 1
        start = mul i %1
        end = add start %1
        row = view rowParts[start .. end]
        %2 = load xs[i]
        store row[i] = %2
        store list[i] = row
        yield
      %3 = load list[0]
      %4 = load %3[0]
      yield %4
    "
  `);
});

it('leaves what is returned', () => {
  expect(
    unchanged(
      packArrays,
      rows((_, list) => list),
    ),
  ).toBe(true);
});

it('leaves what no list keeps', () => {
  expect(
    unchanged(
      packArrays,
      rows((b, list) => b.length(list), num),
    ),
  ).toBe(true);
});
