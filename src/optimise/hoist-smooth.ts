/**
 * `hoist`, for what is differentiated afterwards. What a loop would not have computed has no part in the derivative, but in
 * front of the loop it has: 0 times a slope of NaN or Infinity. So only what has a finite slope moves, or what a loop that
 * surely runs computes anyway.
 */

import { hoisted } from './hoist.js';
import type { Pass } from './pass.js';

export const hoistSmooth: Pass = {
  name: 'hoist-smooth',
  needs: ['for', 'loop'],
  run: (fn, known) => hoisted(fn, known, true),
};
