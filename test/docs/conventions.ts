/** The conventions where calculus has no answer, each with the fixture that pins it. */
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { root } from '../fixture-files.js';
import { link, page, table } from './markdown.js';

export interface Convention {
  readonly what: string;
  readonly rule: string;
  /** The fixture that pins it. */
  readonly fixture: string;
  /** The function of it whose `expected` says what comes out; without, the checks that all fixtures pass pin it. */
  readonly fn?: string;
}

export const conventions: readonly Convention[] = [
  { what: '`Math.abs` at 0', rule: 'slope 0', fixture: 'traps/kinks', fn: 'absolute' },
  { what: '`Math.sign`', rule: 'slope 0 everywhere', fixture: 'traps/kinks', fn: 'signOf' },
  {
    what: '`floor`, `ceil`, `round`, `trunc`',
    rule: 'slope 0 everywhere, also at the steps',
    fixture: 'traps/kinks',
    fn: 'steps',
  },
  { what: '`Math.hypot` at the origin', rule: 'slope 0', fixture: 'traps/kinks', fn: 'distance' },
  { what: '`Math.sqrt` at 0', rule: 'slope Infinity', fixture: 'traps/kinks', fn: 'root' },
  { what: 'a tie of `Math.max`', rule: 'the first argument has the slope', fixture: 'traps/ties', fn: 'larger' },
  { what: 'a tie of `Math.min`', rule: 'the first argument has the slope', fixture: 'traps/ties', fn: 'smallest' },
  {
    what: '`x ** y`',
    rule: 'slope 0 in y at x = 0 < y, NaN in y for x < 0',
    fixture: 'traps/power-edges',
    fn: 'power',
  },
  { what: '`x ** 0`', rule: 'constant, also at 0', fixture: 'traps/power-edges', fn: 'polynomial' },
  { what: '`a % b`', rule: 'slope 1 in a, −trunc(a / b) in b', fixture: 'traps/remainder-signs', fn: 'f' },
  { what: '`Math.fround`', rule: 'slope 1', fixture: 'math/fround' },
  {
    what: 'sorting',
    rule: 'the permutation is locally constant; equal keys keep their order',
    fixture: 'traps/equal-sort-keys',
    fn: 'f',
  },
  {
    what: 'a partial times a cotangent of 0',
    rule: 'plain IEEE arithmetic: Infinity times 0 is NaN',
    fixture: 'traps/zero-times-infinity',
    fn: 'f',
  },
  { what: 'a branch not taken', rule: 'is not executed: no NaN from there', fixture: 'traps/untaken-branch' },
  {
    what: 'a loop that does not run',
    rule: 'has no part in the derivative',
    fixture: 'traps/zero-trip',
  },
  {
    what: 'numbers that only index, bound, count or select',
    rule: 'passive by use: no tangent',
    fixture: 'scalar/passive-by-use',
  },
  {
    what: 'a function that writes its parameter',
    rule: 'writes a copy; the derivative is with respect to the values at entry',
    fixture: 'memory/writes-parameter',
  },
];

interface Expected {
  readonly at: readonly unknown[];
  readonly gradient: Readonly<Record<string, unknown>>;
}

/** What the fixture says comes out, if it does. */
export async function pinned({ fixture, fn }: Convention): Promise<readonly Expected[]> {
  if (fn === undefined) return [];
  const file = pathToFileURL(path.join(root, 'fixtures', `${fixture}.ts`)).href;
  // The convention of the fixtures: an object by names of functions.
  const module = (await import(/* @vite-ignore */ file)) as {
    readonly expected?: Readonly<Record<string, readonly Expected[]>>;
  };
  return module.expected?.[fn] ?? [];
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return String(value);
}

const example = ({ at, gradient }: Expected): string =>
  `at (${at.map(shown).join(', ')}): ${Object.entries(gradient)
    .map(([name, slope]) => `${name} ${shown(slope)}`)
    .join(', ')}`;

export async function conventionsPage(file: string): Promise<string> {
  const rows = await Promise.all(
    conventions.map(async (convention) => [
      convention.what,
      convention.rule,
      (await pinned(convention)).map(example).join('; '),
      link([convention.fixture, convention.fn].filter(Boolean).join(': '), `fixtures/${convention.fixture}.ts`),
    ]),
  );
  return page(
    file,
    'Conventions',
    'What adgen takes for the derivative where calculus has no answer, or several. The fixtures are checked by `npm test`.',
    table(['what', 'derivative', 'gradient of what pins it', 'pinned by'], rows),
  );
}
