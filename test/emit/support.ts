/** Helpers of the emitter's tests: text of one function, and text that runs. */

import { transformSync } from 'esbuild';
import { formatModule } from '../../src/emit/format.js';
import { emitModule } from '../../src/emit/module.js';
import type { EmittedFn, ModulePlan } from '../../src/emit/plan.js';
import { Builder, value } from '../../src/ir/build.js';
import type { Atom, Fn, Param, Type } from '../../src/ir/types.js';

export interface EmitOptions {
  readonly out?: boolean;
  readonly guards?: boolean;
  readonly resultName?: string;
  readonly noUnchecked?: boolean;
}

export function plan(fn: Fn, options: EmitOptions = {}): ModulePlan {
  const emitted: EmittedFn = { fn, doc: [], out: options.out ?? false, guards: options.guards ?? true };
  return {
    header: { input: 'model.ts', version: '0.1.0', options: '', hash: '0' },
    functions: [options.resultName === undefined ? emitted : { ...emitted, resultName: options.resultName }],
    file: '/project/model.ts',
    out: '/project/model.ad.ts',
    noUnchecked: options.noUnchecked ?? false,
  };
}

/** The formatted text of a function, without the module's header. */
export async function text(fn: Fn, options: EmitOptions = {}): Promise<string> {
  const module = await formatModule(emitModule(plan(fn, options)));
  return module.split('\n').slice(3).join('\n').trim();
}

/** The emitted function as a function. */
export function compiled(fn: Fn, options: EmitOptions = {}): (...args: unknown[]) => unknown {
  const { code } = transformSync(emitModule(plan(fn, options)), { loader: 'ts', format: 'cjs' });
  const module = { exports: {} as Record<string, (...args: unknown[]) => unknown> };
  new Function('module', 'exports', code)(module, module.exports);
  const found = module.exports[fn.name];
  if (found === undefined) throw new Error(`no export ${fn.name}`);
  return found;
}

/** A function from parameters by name and type. */
export function build(
  name: string,
  params: Readonly<Record<string, Type>>,
  result: Type,
  body: (b: Builder, ...params: Atom[]) => Atom,
): Fn {
  const list: Param[] = Object.entries(params).map(([param, type]) => ({ value: value(type, param), active: true }));
  const b = new Builder();
  const yielded = body(b, ...list.map((param) => param.value));
  return { name, params: list, result, body: { stmts: b.stmts, yields: [yielded] }, origin: undefined };
}
