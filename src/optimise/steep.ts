/** Which operations may have an infinite slope: they have to stay where they are, or go where their result is wanted. */

import { isConst } from '../ir/build.js';
import type { Let, Op } from '../ir/types.js';

/** Operations whose slope is not finite for some finite operands. */
const steep: ReadonlySet<Op> = new Set<Op>([
  'div',
  'rem',
  'pow',
  'atan2',
  'sqrt',
  'cbrt',
  'log',
  'log2',
  'log10',
  'log1p',
  'asin',
  'acos',
  'acosh',
  'atanh',
]);

export function isSteep({ op, args: [, by] }: Let): boolean {
  if (!steep.has(op)) return false;
  if (op === 'div' || op === 'rem') return by?.kind !== 'const' || isConst(by, 0);
  return op !== 'pow' || by?.kind !== 'const' || !Number.isInteger(by.value) || Number(by.value) < 0;
}
