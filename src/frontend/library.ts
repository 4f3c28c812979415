/**
 * Methods of the language that are easier written in TypeScript than in IR. Compiled like the user's code, at the
 * place of the call.
 */
export const libraryFile = '/adgen-library.ts';

export const libraryText = `
export function hypot(xs: ArrayLike<number>): number {
  // As V8 computes it: scaled by the largest, with compensated summation.
  const n = xs.length;
  if (n === 1) return Math.abs(xs[0]!);
  let largest = 0;
  let invalid = false;
  for (let i = 0; i < n; i++) {
    const size = Math.abs(xs[i]!);
    if (Number.isNaN(size)) invalid = true;
    else if (size > largest) largest = size;
  }
  if (largest === Infinity) return Infinity;
  if (invalid) return NaN;
  if (largest === 0) return 0;
  let sum = 0;
  let compensation = 0;
  for (let i = 0; i < n; i++) {
    const scaled = Math.abs(xs[i]!) / largest;
    const summand = scaled * scaled - compensation;
    const preliminary = sum + summand;
    compensation = preliminary - sum - summand;
    sum = preliminary;
  }
  return Math.sqrt(sum) * largest;
}

export function shift<T>(xs: T[]): T | undefined {
  if (xs.length === 0) return undefined;
  const first = xs[0]!;
  for (let i = 1; i < xs.length; i++) xs[i - 1] = xs[i]!;
  xs.pop()!;
  return first;
}

export function insert<T>(xs: T[], at: number, x: T): void {
  xs.push(x);
  for (let i = xs.length - 1; i > at; i--) xs[i] = xs[i - 1]!;
  xs[at] = x;
}

export function insertAll<T>(xs: T[], at: number, items: T[]): void {
  const after = xs.slice(at);
  xs.length = at;
  for (let i = 0; i < items.length; i++) xs.push(items[i]!);
  for (let i = 0; i < after.length; i++) xs.push(after[i]!);
}

export function removeAt<T>(xs: T[], at: number): void {
  for (let i = at + 1; i < xs.length; i++) xs[i - 1] = xs[i]!;
  xs.pop()!;
}

export function removed<T>(xs: T[], start: number, count: number): T[] {
  const out: T[] = [];
  for (let k = 0; k < count; k++) out.push(xs[start + k]!);
  for (let i = start + count; i < xs.length; i++) xs[i - count] = xs[i]!;
  xs.length = xs.length - count;
  return out;
}

/** A permutation that sorts: merge sort, stable, so that every stable sort gives the same. */
function order(n: number, after: (i: number, j: number) => boolean): Int32Array {
  const order = new Int32Array(n);
  const buffer = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let width = 1; width < n; width *= 2) {
    for (let lo = 0; lo < n; lo += 2 * width) {
      const mid = Math.min(lo + width, n);
      const hi = Math.min(lo + 2 * width, n);
      let left = lo;
      let right = mid;
      for (let k = lo; k < hi; k++) {
        const fromRight = left >= mid || (right < hi && after(order[left]!, order[right]!));
        if (fromRight) {
          buffer[k] = order[right]!;
          right++;
        } else {
          buffer[k] = order[left]!;
          left++;
        }
      }
    }
    for (let i = 0; i < n; i++) order[i] = buffer[i]!;
  }
  return order;
}

export function sort<T>(xs: T[], compare: (a: T, b: T) => number): void {
  const before = xs.slice();
  // The later first, as V8 asks: comparisons that never give 0, or never less, then give the same.
  const places = order(before.length, (i, j) => compare(before[j]!, before[i]!) < 0);
  for (let i = 0; i < before.length; i++) xs[i] = before[places[i]!]!;
}

/** As typed arrays sort without a comparison: NaN last. */
export function sortNumbers(xs: Float64Array): void {
  const before = xs.slice();
  const after = (a: number, b: number) => b < a || (Number.isNaN(a) && !Number.isNaN(b));
  const places = order(before.length, (i, j) => after(before[i]!, before[j]!));
  for (let i = 0; i < before.length; i++) xs[i] = before[places[i]!]!;
}
`;
