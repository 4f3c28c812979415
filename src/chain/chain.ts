/**
 * The functions of a chain. The template (`template.ts`) is compiled with the user's module like any program; F's
 * gradients are the reverse mode of F, made by the ordinary machinery.
 */

import path from 'node:path';
import type { Deriver } from '../derive.js';
import { absent, Builder, one } from '../ir/build.js';
import { checkShape, tangentType } from '../ir/structure.js';
import type { Fn } from '../ir/types.js';
import { vjp } from '../ad/vjp.js';
import type { Diagnostic } from '../diagnostics/report.js';
import { loadProgram, lowerFunction, type Session } from '../frontend/index.js';
import type { ChainMode } from '../options.js';
import { chainTemplate, type ChainParts } from './template.js';

export interface ChainFunction {
  readonly mode: ChainMode;
  readonly name: string;
  readonly fn: Fn;
  readonly along: boolean;
}

export interface ChainRequest {
  /** The user's file and its text if it is not on disk. */
  readonly file: string;
  readonly text?: string;
  readonly tsconfig?: string;
  readonly parts: Omit<ChainParts, 'module' | 'along'>;
  readonly along: boolean;
  readonly modes: readonly ChainMode[];
  readonly session: Session;
}

export interface ChainResult {
  readonly functions: readonly ChainFunction[];
  readonly diagnostics: readonly Diagnostic[];
}

export function chainFunctions(request: ChainRequest, deriver: Deriver, guards: boolean): ChainResult {
  const { file, text, tsconfig, parts, along, session } = request;
  const virtual = path.join(path.dirname(file), `adgen-chain${along ? '-along' : ''}${path.extname(file)}`);
  const module = `./${path.basename(file).replace(/\.([mc]?)tsx?$/, '.$1js')}`;
  const template = chainTemplate({ ...parts, module, along });
  const files = new Map([[virtual, template]]);
  if (text !== undefined) files.set(file, text);
  const config = tsconfig === undefined ? {} : { tsconfig };
  const program = loadProgram({ file: virtual, virtual: files, ...config }, session);
  if (program.diagnostics.some(({ level }) => level === 'error'))
    return { functions: [], diagnostics: program.diagnostics };

  const wanted = new Map(
    [parts.h, parts.p, parts.beta].map((part): [string, readonly string[]] => [part.name, part.params]),
  );
  // In a chain the index is passive, whatever it is used for.
  const refine = (fn: Fn): Fn => {
    const active = wanted.get(fn.name);
    const params = fn.params.map((param) => ({
      ...param,
      active: param.active && (active?.includes(param.value.name ?? '') ?? true),
    }));
    return { ...fn, params };
  };

  const diagnostics: Diagnostic[] = [];
  const known = new Map<string, Fn | undefined>();
  const lowered = (name: string): Fn | undefined => {
    if (!known.has(name)) {
      const { fn, diagnostics: found } = lowerFunction(program, name, virtual, { refine });
      diagnostics.push(...found);
      known.set(name, fn && guards ? withGuards(fn) : fn);
    }
    return known.get(name);
  };
  const all = along ? ['xs', 'theta', 'phi', 'f'] : ['x0', 'theta', 'phi', 'f'];
  const gradient = (fn: Fn): Fn => vjp(fn, { guards: false }, one);
  const functions: ChainFunction[] = [];
  for (const mode of request.modes) {
    const name = along ? `${mode}Along` : mode;
    const base = lowered(sources[mode]);
    if (!base) continue;
    const make = (): Fn => {
      switch (mode) {
        case 'rollout':
        case 'F':
          return deriver.primal(base, all).fn;
        case 'gradL':
        case 'gradF':
          return gradient(deriver.primal(base, all).fn);
        case 'gradPhiF':
          return onlyGradient(gradient(deriver.primal(base, ['phi']).fn));
        case 'gradPhiFAdjoint':
          // F is linear in the weights, so that its λ sweep may be transposed: F is the same to rounding.
          return onlyGradient(gradient(deriver.primal(deriver.transposed(base), ['phi']).fn));
      }
    };
    functions.push({ mode, name, along, fn: deriver.finish(make(), name) });
  }
  return { functions, diagnostics };
}

/** The function of the template that each is made from. */
const sources: Readonly<Record<ChainMode, string>> = {
  rollout: 'rollout',
  gradL: 'L',
  F: 'F',
  gradPhiF: 'alongDirection',
  gradPhiFAdjoint: 'F',
  gradF: 'F',
};

/** The direction f has the shape of θ; checked where θ has a size to check. */
function withGuards(fn: Fn): Fn {
  const find = (name: string) => fn.params.find((param) => param.value.name === name)?.value;
  const [theta, f] = [find('theta'), find('f')];
  if (!theta || !f || tangentType(theta.type) === undefined) return fn;
  const b = new Builder(fn.origin);
  checkShape(b, 'f', f, theta);
  return { ...fn, body: { ...fn.body, stmts: [...b.stmts, ...fn.body.stmts] } };
}

/** `{ value, gradient: { phi } }` as `{ value, gradient }`. */
function onlyGradient(fn: Fn): Fn {
  const [result = absent] = fn.body.yields;
  const b = new Builder(fn.origin);
  const value = b.load(result, { kind: 'field', name: 'value' });
  const gradient = b.load(b.load(result, { kind: 'field', name: 'gradient' }), { kind: 'field', name: 'phi' });
  const record = b.make(
    {
      kind: 'record',
      fields: [
        { name: 'value', type: value.type },
        { name: 'gradient', type: gradient.type },
      ],
    },
    [value, gradient],
  );
  return { ...fn, result: record.type, body: { stmts: [...fn.body.stmts, ...b.stmts], yields: [record] } };
}
