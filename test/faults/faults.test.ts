import { describe, expect, it } from 'vitest';
import { faults } from './faults.js';
import { planted } from './plant.js';

describe('planted faults', () => {
  it.each(faults)('$name: has its place', (fault) => {
    expect(planted(fault)).not.toBe('');
  });

  it('have names of their own', () => {
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  });
});
