import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixtures } from '../fixture-files.js';
import { compareFixture, compareProgram } from './compare.js';
import { transformations } from './transformations.js';

describe('a program written differently', () => {
  it('has the same value to the bit, and the same derivatives', async () => {
    const applied = new Set<string>();
    for (let seed = 1; seed <= 32; seed += 1) {
      const compared = await compareProgram(seed);
      expect(compared?.problem).toBeUndefined();
      compared?.applied.forEach((kind) => applied.add(kind));
    }
    // Loops that can be split are rare among random programs, helpers of one expression, too: fixtures have them.
    expect([...applied]).toEqual(expect.arrayContaining(['name', 'outline', 'swap', 'for to while']));
  });

  it('is that also if it is a fixture', async () => {
    const applied = new Set<string>();
    const some = fixtures.filter(({ name, refused }, k) => !refused && !name.startsWith('chain/') && k % 12 === 0);
    for (const [k, fixture] of some.entries()) {
      const compared = await compareFixture(fixture, readFileSync(fixture.file, 'utf8'), k);
      expect(compared?.problem, fixture.name).toBeUndefined();
      compared?.applied.forEach((kind) => applied.add(kind));
    }
    expect(Object.keys(transformations).length - applied.size).toBeLessThan(4);
  });
});
