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
  /** Whether φ is a single number: its cotangents are added up in a variable, not into an object. */
  readonly scalarPhi: boolean;
}

export interface Part {
  /** Name of the export. */
  readonly name: string;
  /** Names of its parameters without the index: keys of its cotangents. */
  readonly params: readonly string[];
  readonly indexed: boolean;
}

/** A stage as a function of θ alone, and of the state alone. */
export const inTheta = 'adgenStageInTheta';
export const inState = 'adgenStageInState';

export function chainTemplate({ module, h, p, beta, along, scalarPhi }: ChainParts): string {
  const index = (part: Part, i: string) => (part.indexed ? `, ${i}` : '');
  const [px = 'x'] = p.params;
  const [phiName = 'phi'] = beta.params;
  const imports = [...new Set([h.name, p.name, beta.name])].map((name) => (name === 'default' ? 'default as h' : name));
  const head = `
import { jvp, vjp } from 'adgen';
import { copyOf, inner, sum, vjpInto, zerosLike } from 'adgen/structure';
import { ${imports.join(', ')} } from '${module}';

type State = Parameters<typeof ${h.name}>[0];
type Theta = Parameters<typeof ${h.name}>[1];
type Phi = Parameters<typeof ${beta.name}>[0];

function ${inTheta}(x: State, theta: Theta${h.indexed ? ', i: number' : ''}) {
  return ${h.name}(x, theta${index(h, 'i')});
}
function ${inState}(x: State, theta: Theta${h.indexed ? ', i: number' : ''}) {
  return ${h.name}(x, theta${index(h, 'i')});
}
`;
  const guard = along
    ? "if (xs.length === 0) throw new RangeError('xs: expected at least one state, found none');\n  const n = xs.length - 1;"
    : 'if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n: expected a whole number ≥ 0, found ${n}`);';
  const states = along ? 'xs: State[]' : 'x0: State';
  const last = along ? '' : ', n: number';
  const hForward = (state: string, i: string) => `${h.name}(${state}, theta${index(h, i)})`;

  const rollout = `
export function rollout(x0: State, theta: Theta, n: number): State[] {
  ${guard}
  const xs: State[] = [copyOf(x0)];
  let x = xs[0];
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
    ${along ? 'const x = xs[i + 1];' : `x = ${hForward('x', 'i')};`}
    loss += ${beta.name}(phi${index(beta, 'i + 1')}) * ${p.name}(x${index(p, 'i + 1')});
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
      : `const xs: State[] = [x0];
  let x = x0;
  for (let i = 0; i < n; i++) {
    x = ${hForward('x', 'i')};
    xs.push(x);
  }`
  }
  let lambda = zerosLike(xs[n]);
  let value = 0;
  for (let i = n - 1; i >= 0; i--) {
    const weight = ${beta.name}(phi${index(beta, 'i + 1')});
    const slope = vjp(${p.name})(xs[i + 1]${index(p, 'i + 1')}, weight).cotangents.${px};
    const total = sum(lambda, slope);
    const x = xs[i];
    value += inner(total, jvp(${inTheta})(x, theta${index(h, 'i')}, f).tangent);
    lambda = vjp(${inState})(x, theta${index(h, 'i')}, total).cotangents.x;
  }
  return value;
}
`;
  const add = scalarPhi
    ? `const weight = vjp(${beta.name})(phi${index(beta, 'i + 1')}, slope);
    gradient += weight.cotangents.${phiName};`
    : `const weight = vjpInto(${beta.name})(phi${index(beta, 'i + 1')}, slope, { ${phiName}: gradient });`;
  const sweep = `
export function gradPhiF(${states}, theta: Theta, phi: Phi, f: Theta${last}): { value: number; gradient: Phi } {
  ${guard}
  ${along ? 'let xi = zerosLike(xs[0]);' : 'let x = x0;\n  let xi = zerosLike(x0);'}
  let value = 0;
  ${scalarPhi ? 'let' : 'const'} gradient = zerosLike(phi);
  for (let i = 0; i < n; i++) {
    const stage = jvp(${h.name})(${along ? 'xs[i]' : 'x'}, theta${index(h, 'i')}, xi, f);
    ${along ? 'const x = xs[i + 1];' : 'x = stage.value;'}
    xi = stage.tangent;
    const slope = jvp(${p.name})(x${index(p, 'i + 1')}, xi).tangent;
    ${add}
    value += weight.value * slope;
  }
  return { value, gradient };
}
`;
  return head + (along ? '' : rollout + loss) + functional + sweep;
}
