/**
 * The functions of a chain. The template (`template.ts`) is compiled with the user's module like any program; F's
 * gradients are the reverse mode of F, made by the ordinary machinery.
 */

import path from 'node:path';
import type { Deriver } from '../derive.js';
import { absent, Builder, one } from '../ir/build.js';
import { checkShape, tangentType } from '../ir/structure.js';
import type { Fn } from '../ir/types.js';
import { printFn } from '../ir/print.js';
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

  const wanted = new Map<string, readonly string[]>([
    ...[parts.h, parts.p, parts.beta].map((part) => [part.name, part.params] as const),
  ]);
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
  const lower = (name: string): Fn | undefined => {
    const lowered = lowerFunction(program, name, virtual, { refine });
    diagnostics.push(...lowered.diagnostics);
    return lowered.fn;
  };
  const made = new Map<string, Fn>();
  const primal = (name: string): Fn | undefined => {
    const known = made.get(name);
    if (known) return known;
    const lowered = lower(name);
    if (!lowered) return undefined;
    const { fn } = deriver.primal(
      guards ? withGuards(lowered) : lowered,
      along ? ['xs', 'theta', 'phi', 'f'] : ['x0', 'theta', 'phi', 'f'],
    );
    if (process.env.DBG) console.log(printFn(deriver.prepare(lowered)));
    made.set(name, fn);
    return fn;
  };
  const narrowed = (fn: Fn, wrt: readonly string[]): Fn => ({
    ...fn,
    params: fn.params.map((param) => ({ ...param, active: param.active && wrt.includes(param.value.name ?? '') })),
  });
  const functions: ChainFunction[] = [];
  for (const mode of request.modes) {
    const name = along ? `${mode}Along` : mode;
    const base = primal(sources[mode]);
    if (!base) continue;
    const make = (): Fn => {
      switch (mode) {
        case 'rollout':
        case 'F':
          return base;
        case 'gradL':
        case 'gradF':
          return vjp(base, { guards: false }, one);
        case 'gradPhiF':
        case 'gradPhiFAdjoint':
          return onlyGradient(vjp(narrowed(base, ['phi']), { guards: false }, one));
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
