import { describe, it } from 'vitest';
import { common } from '../../src/optimise/common.js';
import { forwardStores } from '../../src/optimise/forward-stores.js';
import { simplify } from '../../src/optimise/simplify.js';
import { preserves } from './random-ir.js';

describe('forward-stores', () => {
  it('changes no result of random programs', () => preserves([forwardStores]));
  it('changes no result of random programs along with others', () => preserves([common, forwardStores, simplify]));
});
