import { describe, it } from 'vitest';
import { deadStores } from '../../src/optimise/dead-stores.js';
import { preserves } from './random-ir.js';

describe('dead-stores', () => {
  it('changes no result of random programs', () => preserves([deadStores]));
});
