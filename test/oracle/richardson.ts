/**
 * Directional derivatives by central differences, extrapolated to step 0 (Richardson), with an estimate of the error
 * that says whether the result may be used to judge another.
 */

export interface Estimate {
  readonly value: number;
  /** Estimated; Infinity if the differences do not settle or the two sides do (a kink, a jump, a pole, NaN). */
  readonly error: number;
}

/** Whether an estimate is good enough to judge by. */
export const isClear = ({ value, error }: Estimate): boolean => error < 1e-4 * Math.max(1, Math.abs(value));

export interface Steps {
  /** The largest step. Default: 2^-4. */
  readonly first?: number;
  /** How often it is halved. Default: 14. */
  readonly halvings?: number;
  /** Relative error of the function's own arithmetic. Default: 2^-52; 2^-23 where values pass through a Float32Array. */
  readonly noise?: number;
}

/**
 * The derivative at 0 of every component of `f`. At each three neighbouring steps h, h/2, h/4 two extrapolations
 * remove the errors in h² and h⁴; their distance estimates what is left. The best of all such triples is taken: a large
 * step suffers from branches that flip within it, a small one from rounding.
 */
export function derivatives(f: (t: number) => readonly number[], steps: Steps = {}): Estimate[] {
  const { first = 2 ** -4, halvings = 14, noise = 2 ** -52 } = steps;
  const centre = sample(f, 0);
  const samples = Array.from({ length: halvings + 1 }, (_, k) => {
    const h = first / 2 ** k;
    return { h, up: sample(f, h), down: sample(f, -h) };
  });
  return centre.map((at, component) => {
    const differences = samples.map(({ h, up, down }) => {
      const [p = NaN, m = NaN] =
        up.length === centre.length && down.length === centre.length ? [up[component], down[component]] : [];
      const rounding = (noise * (Math.abs(p) + Math.abs(m) + Math.abs(at))) / h;
      return { central: (p - m) / (2 * h), bend: (p - at) / h - (at - m) / h, rounding };
    });
    return best(differences);
  });
}

interface Difference {
  readonly central: number;
  /** Right minus left one-sided difference: about h f'' where f is smooth, constant in h at a kink. */
  readonly bend: number;
  readonly rounding: number;
}

/**
 * Whether the bend stays as it is at the smallest steps that show one above rounding: then there is a kink right at the
 * point, which at larger steps the curvature of the two sides may hide.
 */
function bendStays(differences: readonly Difference[]): boolean {
  for (let k = differences.length - 1; k > 0; k -= 1) {
    const [b, c] = differences.slice(k - 1, k + 1);
    if (b === undefined || c === undefined || !(Math.abs(c.bend) > 64 * c.rounding + 1e-7 * Math.abs(c.central)))
      continue;
    return Math.abs(b.bend - c.bend) < 0.25 * Math.abs(c.bend);
  }
  return false;
}

function best(differences: readonly Difference[]): Estimate {
  let found: Estimate = { value: NaN, error: Infinity };
  if (bendStays(differences)) return found;
  for (let k = 0; k + 2 < differences.length; k += 1) {
    const [a, b, c] = differences.slice(k, k + 3);
    if (a === undefined || b === undefined || c === undefined) continue;
    const [ab, bc] = [(4 * b.central - a.central) / 3, (4 * c.central - b.central) / 3];
    const value = (16 * bc - ab) / 15;
    const error = Math.abs(value - bc) + 4 * c.rounding;
    // A bend that does not shrink with h is a kink right at the point: no derivative is there to compare with.
    const kink =
      Math.abs(c.bend) > 0.6 * Math.abs(a.bend) && Math.abs(c.bend) > 64 * c.rounding + 1e-7 * Math.abs(value);
    if (!kink && error < found.error) found = { value, error };
  }
  return found;
}

/** A function that throws off the point has no differences there. */
function sample(f: (t: number) => readonly number[], t: number): readonly number[] {
  try {
    return f(t);
  } catch {
    return [];
  }
}
