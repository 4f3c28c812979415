/** Times and allocations of variants of one computation. */
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** One thing to time; `call` returns something, so that nothing is optimised away. */
export interface Variant {
  readonly name: string;
  readonly call: () => unknown;
}

export interface Measured {
  /** Median time of a call. */
  readonly nanoseconds: number;
  /** The first decile: what a call takes when nobody else wants the processor. Ratios are made of this. */
  readonly undisturbed: number;
  /** Distance of the quartiles, relative to the median. */
  readonly spread: number;
}

export const rounds = 31;
/** What takes longer has fewer rounds, so that a run of everything ends within minutes. */
const fewestRounds = 9;
const mostMilliseconds = 4000;
const roundNanoseconds = 3e6;

/** Written by every call, read by nobody. */
const kept: { result: unknown } = { result: undefined };

function nanosecondsPerCall({ call }: Variant, repetitions: number): number {
  const start = process.hrtime.bigint();
  for (let k = 0; k < repetitions; k++) kept.result = call();
  return Number(process.hrtime.bigint() - start) / repetitions;
}

/** Times per call after warming up; the variants take turns, so that a busy moment hits all of them. */
export function measure(variants: readonly Variant[]): readonly Measured[] {
  const repetitions = variants.map((variant) => {
    for (const until = performance.now() + 150; performance.now() < until;) kept.result = variant.call();
    let count = 1;
    while (nanosecondsPerCall(variant, count) * count < roundNanoseconds && count < 1e7) count *= 2;
    return count;
  });
  const times = variants.map((): number[] => []);
  const start = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= fewestRounds && performance.now() - start > mostMilliseconds) break;
    for (const [k, variant] of variants.entries()) times[k]?.push(nanosecondsPerCall(variant, repetitions[k] ?? 1));
  }
  return times.map((unsorted) => {
    const sorted = unsorted.toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.floor(part * sorted.length)] ?? Number.NaN;
    return { nanoseconds: at(0.5), undisturbed: at(0.1), spread: (at(0.75) - at(0.25)) / at(0.5) };
  });
}

setFlagsFromString('--expose-gc');
// A flag set this late holds for contexts made after it; there is no other way to the collector from inside.
const collect = runInNewContext('gc') as () => void;

function bytesOf(work: () => void): number {
  collect();
  const before = process.memoryUsage();
  work();
  const after = process.memoryUsage();
  return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
}

/** Bytes that a call allocates, counted over so many calls as do not yet make the collector run. */
export function allocatedPerCall({ call }: Variant): number {
  const idle = bytesOf(() => {});
  let bytes = 0;
  let count = 1;
  const start = performance.now();
  for (; count <= 1e4 && performance.now() - start < 50; count *= 10) {
    bytes = Math.max(0, bytesOf(() => repeat(call, count)) - idle) / count;
    if (bytes * count > 1e5) break;
  }
  return bytes;
}

function repeat(call: () => unknown, count: number): void {
  for (let k = 0; k < count; k++) kept.result = call();
}
