import { describe, it } from 'vitest';
import { common } from '../../src/optimise/common.js';
import { forwardStores } from '../../src/optimise/forward-stores.js';
import { hoist } from '../../src/optimise/hoist.js';
import { simplify } from '../../src/optimise/simplify.js';
import { preserves } from './random-ir.js';

describe('hoist', () => {
  it('changes no result of random programs', () => preserves([hoist]));
  it('changes no result of random programs along with others', () =>
    preserves([hoist, common, forwardStores, simplify]));
});
