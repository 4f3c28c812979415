/** Results of checks, one row for each check of each function. */
import type { Point } from './points.js';

export interface Row {
  readonly function: string;
  readonly check: string;
  /** How many points were checked. */
  readonly points: number;
  /** Worst relative error; 0 for checks that are met exactly. */
  readonly worst: number;
  /** What the error may be. */
  readonly limit: number;
  readonly verdict: 'ok' | 'FAILED' | 'skipped';
  /** Why it was skipped, or where it failed. */
  readonly detail?: string;
}

export class Ledger {
  readonly #rows = new Map<string, Row>();

  /** Notes the error of one check at one point; NaN is a failure. */
  record(fn: string, check: string, limit: number, error: number, at: Point): void {
    const key = `${fn}\n${check}`;
    const before = this.#rows.get(key);
    const known = before?.verdict === 'skipped' ? undefined : before;
    const size = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    const failed = !(size <= limit);
    const detail = known?.detail ?? (failed ? `at ${show(at)}` : undefined);
    this.#rows.set(key, {
      function: fn,
      check,
      points: (known?.points ?? 0) + 1,
      worst: Math.max(known?.worst ?? 0, size),
      limit,
      verdict: failed || known?.verdict === 'FAILED' ? 'FAILED' : 'ok',
      ...(detail !== undefined && { detail }),
    });
  }

  /** Notes that a check could not be made at one point; it stays skipped unless another point serves. */
  skip(fn: string, check: string, detail: string): void {
    const key = `${fn}\n${check}`;
    if (this.#rows.has(key)) return;
    this.#rows.set(key, { function: fn, check, points: 0, worst: 0, limit: 0, verdict: 'skipped', detail });
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }
}

const show = (point: Point): string => {
  const text = JSON.stringify(point, (_key, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  );
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};
