import { describe, it } from 'vitest';
import { common } from '../../src/optimise/common.js';
import { simplify } from '../../src/optimise/simplify.js';
import { preserves } from './random-ir.js';

describe('common', () => {
  it('changes no result of random programs', () => preserves([common, simplify]));
});
