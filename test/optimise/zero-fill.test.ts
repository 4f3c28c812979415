import { describe, it } from 'vitest';
import { zeroFill } from '../../src/optimise/zero-fill.js';
import { preserves } from './random-ir.js';

describe('zero-fill', () => {
  it('changes no result of random programs', () => preserves([zeroFill]));
});
