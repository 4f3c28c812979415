import { describe, expect, it } from 'vitest';
import { simplify } from '../../src/optimise/simplify.js';
import { preserves } from './random-ir.js';

describe('simplify', () => {
  it('changes no result of random programs', () => {
    preserves([simplify]);
    expect(true).toBe(true);
  });
});
