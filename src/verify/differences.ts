/**
 * Directional derivatives from values alone: central differences at shrinking
 * steps, extrapolated to step 0 (Richardson; Ridders' choice of the entry to
 * trust).
 */

/** Widest steps tried; each is halved `levels` times. Wide ones suit noisy functions, narrow ones kinks close by. */
const widths = [0.5, 0.1, 0.02, 2e-3, 1e-4, 1e-6];
const levels = 6;

export interface Estimate {
  readonly derivative: readonly number[];
  /** How far the last extrapolations differ: the error to expect. */
  readonly spread: number;
}

/** Estimates of d/dt g(t) at t = 0, one for each width; steps that leave the domain give none. */
export function* estimates(g: (t: number) => readonly number[]): Generator<Estimate> {
  for (const width of widths) {
    let previous: number[][] = [];
    let best: Estimate | undefined;
    for (let level = 0, h = width; level < levels; level++, h /= 2) {
      const right = g(h);
      const left = g(-h);
      const row = [right.map((value, j) => (value - (left[j] ?? Number.NaN)) / (2 * h))];
      for (let k = 1, power = 4; k <= level; k++, power *= 4) {
        const finer = row[k - 1] ?? [];
        const coarser = previous[k - 1] ?? [];
        const entry = finer.map((value, j) => value + (value - (coarser[j] ?? Number.NaN)) / (power - 1));
        row.push(entry);
        const spread = Math.max(distance(entry, finer), distance(entry, coarser));
        if (best === undefined || spread < best.spread) best = { derivative: entry, spread };
      }
      previous = row;
    }
    if (best !== undefined && best.derivative.every(Number.isFinite)) yield best;
  }
}

/**
 * Whether g bends at 0: the derivatives from the two sides differ, however near they are taken. Those of a smooth function
 * come together as the steps get smaller.
 */
export function isKink(g: (t: number) => readonly number[]): boolean {
  const middle = g(0);
  const gaps = [1e-3, 1e-5, 1e-6, 1e-7].map((h) => {
    const right = g(h).map((value, j) => (value - (middle[j] ?? Number.NaN)) / h);
    const left = g(-h).map((value, j) => ((middle[j] ?? Number.NaN) - value) / h);
    return {
      gap: distance(left, right),
      size: Math.max(largest(left), largest(right)),
      noise: (1e-13 * largest(middle)) / h,
    };
  });
  const isSharp = [gaps[0], gaps[1], gaps[3]].every((at) => at !== undefined && !(at.gap <= 0.01 * at.size));
  const [, wide, narrow] = gaps;
  const stays = !!wide && !!narrow && narrow.gap > 10 * narrow.noise && narrow.gap > 0.3 * wide.gap;
  return isSharp || stays;
}

export const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** max |a_j − b_j|; NaN where either is NaN. */
export const distance = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length
    ? a.reduce((most, value, j) => Math.max(most, Math.abs(value - (b[j] ?? Number.NaN))), 0)
    : Number.NaN;

export const inner = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? a.reduce((sum, value, j) => sum + value * (b[j] ?? Number.NaN), 0) : Number.NaN;

/** Relative error, array by array; 0 / 0 = 0. `floor` is a size below which a difference is rounding. */
export function relativeError(found: readonly number[], expected: readonly number[], floor = 0): number {
  const gap = distance(found, expected);
  return gap === 0 ? 0 : gap / Math.max(largest(expected), floor);
}
