/** The doc comments of emitted functions. */

import type { Candidate } from './frontend/index.js';
import type { ChainMode, FunctionMode } from './options.js';
import type { Fn } from './ir/types.js';

const list = (names: readonly string[]): string => {
  const quoted = names.map((name) => `\`${name}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
};

export function docOf(mode: FunctionMode, source: Candidate, primal: Fn): readonly string[] {
  const active = list(primal.params.filter((param) => param.active).map((param) => param.value.name ?? ''));
  switch (mode) {
    case 'forward':
      return [`\`${source.name}\`, specialised.`, ...source.doc];
    case 'jvp':
      return [`Value of \`${source.name}\` and its derivative along the tangents of ${active}.`];
    case 'vjp':
      return [`Value of \`${source.name}\` and \`cotangent\` times its derivative in ${active}.`];
    case 'grad':
      return [`Value of \`${source.name}\` and its gradient in ${active}.`];
  }
}

export function chainDocOf(mode: ChainMode, along: boolean): readonly string[] {
  const where = along ? 'along the given states `xs`' : 'over n stages from `x0`';
  switch (mode) {
    case 'rollout':
      return ['The states x_0 … x_n.'];
    case 'gradL':
      return ['The loss L = Σ β_i(φ) p(x_i), i = 1 … n, and its gradient in `x0`, `theta` and `phi`.'];
    case 'F':
      return [`F = Σ fᵀ (∂h_i/∂θ)ᵀ λ_i ${where}, by the λ recursion.`];
    case 'gradPhiF':
      return [`F and ∇φF ${where}: one forward sweep, whose memory does not grow with n.`];
    case 'gradPhiFAdjoint':
      return [`F and ∇φF ${where}: the adjoint of F's λ sweep.`];
    case 'gradF':
      return [`F and its gradient in ${along ? '`xs`' : '`x0`'}, \`theta\`, \`phi\` and \`f\`.`];
  }
}
