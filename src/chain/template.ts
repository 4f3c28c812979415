/**
 * The chain, written in adgen's own input language: a program over the user's h, p and beta that is compiled like
 * any other. Mathematics: the λ recursion that defines F and the ξ recursion of its gradient; see README, "The chain".
 *
 * `h` is called with indices 0 … n-1, `p` and `beta` with 1 … n, as in the definition.
 */

export interface ChainParts {
  /** Module specifier of the user's file, as the template imports it. */
  readonly module: string;
  readonly h: Part;
  readonly p: Part;
  readonly beta: Part;
  /** States are given as `xs`; nothing is rolled out. */
  readonly along: boolean;
}

export interface Part {
  /** Name of the export. */
  readonly name: string;
  /** Names of its parameters without the index: keys of its cotangents. */
  readonly params: readonly string[];
  /** Which of them the function writes to: it is called with copies of these. */
  readonly written: readonly boolean[];
  readonly indexed: boolean;
}

/** A call of a function of the user's, as it is. */
function called({ name, written, indexed }: Part, args: readonly string[], index: string): string {
  const passed = args.map((arg, k) => (written[k] ? `copyOf(${arg})` : arg));
  return `${name}(${[...passed, ...(indexed ? [index] : [])].join(', ')})`;
}

export function chainTemplate({ module, h, p, beta, along }: ChainParts): string {
  const index = (part: Part, i: string) => (part.indexed ? `, ${i}` : '');
  const [px = 'x'] = p.params;
  const [hx = 'x', hTheta = 'theta'] = h.params;
  const imports = [...new Set([h.name, p.name, beta.name])].map((name) => (name === 'default' ? 'default as h' : name));
  const head = `
import * as structure from 'adgen/structure';
import { copyOf, inner, jvp, sum, vjp, zerosLike } from 'adgen/structure';
import { ${imports.join(', ')} } from '${module}';

type State = Parameters<typeof ${h.name}>[0];
type Theta = Parameters<typeof ${h.name}>[1];
type Phi = Parameters<typeof ${beta.name}>[0];
`;
  const guard = along
    ? "if (xs.length === 0) throw new RangeError('xs: expected at least one state, found none');\n  const n = xs.length - 1;"
    : 'if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n: expected a whole number ≥ 0, found ${n}`);';
  const states = along ? 'xs: State[]' : 'x0: State';
  const last = along ? '' : ', n: number';
  const hForward = (state: string, i: string) => called(h, [state, 'theta'], i);

  const rollout = `
export function rollout(x0: State, theta: Theta, n: number): State[] {
  ${guard}
  const xs: State[] = [copyOf(x0)];
  let x = xs[0]!;
  for (let i = 0; i < n; i++) {
    x = ${hForward('x', 'i')};
    xs.push(x);
  }
  return xs;
}
`;
  const loss = `
export function L(${states}, theta: Theta, phi: Phi${last}): number {
  ${guard}
  let loss = 0;
  ${along ? '' : 'let x = x0;'}
  for (let i = 0; i < n; i++) {
    ${along ? 'const x = xs[i + 1]!;' : `x = ${hForward('x', 'i')};`}
    loss += ${called(beta, ['phi'], 'i + 1')} * ${called(p, ['x'], 'i + 1')};
  }
  return loss;
}
`;
  // λ at the top of an iteration is what stages after i hand back: ∂L/∂x_{i+1} without the penalty at x_{i+1}.
  // ⟨f, (∂h/∂θ)ᵀ λ⟩ is ⟨(∂h/∂θ) f, λ⟩: as long as a state, not as θ.
  const functional = `
export function F(${states}, theta: Theta, phi: Phi, f: Theta${last}): number {
  ${guard}
  ${
    along
      ? ''
      : `const xs = new Array<State>(n + 1);
  xs[0] = x0;
  let x = x0;
  for (let i = 0; i < n; i++) {
    x = structure.call(${h.name})(x, theta${index(h, 'i')});
    xs[i + 1] = x;
  }`
  }
  let lambda = zerosLike(xs[n]!);
  let value = 0;
  for (let i = n - 1; i >= 0; i--) {
    const weight = structure.call(${beta.name})(phi${index(beta, 'i + 1')});
    const slope = vjp(${p.name})(xs[i + 1]!${index(p, 'i + 1')}, weight).cotangents.${px};
    const total = sum(lambda, slope);
    const x = xs[i]!;
    value += inner(total, structure.jvp(${h.name}, '${hTheta}')(x, theta${index(h, 'i')}, f).tangent);
    lambda = structure.vjp(${h.name}, '${hx}')(x, theta${index(h, 'i')}, total).cotangents.${hx};
  }
  return value;
}
`;
  // The same by a forward sweep: the derivative of L in the direction f.
  const sweep = `
export function alongDirection(${states}, theta: Theta, phi: Phi, f: Theta${last}): number {
  ${guard}
  ${along ? 'let xi = zerosLike(xs[0]!);' : 'let x = x0;\n  let xi = zerosLike(x0);'}
  let value = 0;
  for (let i = 0; i < n; i++) {
    const stage = jvp(${h.name})(${along ? 'xs[i]!' : 'x'}, theta${index(h, 'i')}, xi, f);
    ${along ? 'const x = xs[i + 1]!;' : 'x = stage.value;'}
    xi = stage.tangent;
    const weight = ${called(beta, ['phi'], 'i + 1')};
    value += weight * jvp(${p.name})(x${index(p, 'i + 1')}, xi).tangent;
  }
  return value;
}
`;
  return head + (along ? '' : rollout + loss) + functional + sweep;
}
