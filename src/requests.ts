/**
 * What is asked for: which functions of a module are differentiated, in which modes, with respect to what, under
 * which names. Defaults first, then doc tags, then the options of the call.
 */

import type { Candidate, ModuleInfo, Tag } from './frontend/index.js';
import type { CompileOptions, FunctionMode, RequestedMode } from './options.js';

export interface FunctionRequest {
  readonly source: Candidate;
  readonly mode: FunctionMode;
  /** Name of the emitted function; for `grad` only used if the result is a number. */
  readonly name: string;
  /** Active parameters by name; without it, all that hold reals and are not passive by use. */
  readonly wrt: readonly string[] | undefined;
  readonly constants: ReadonlyMap<string, number>;
  /** Whether the mode was asked for by name: then it is an error if it does not apply. */
  readonly explicit: boolean;
}

const suffix: Record<FunctionMode, string> = { forward: 'Forward', jvp: 'Jvp', vjp: 'Vjp', grad: 'Grad' };
const functionModes = ['forward', 'jvp', 'vjp', 'grad'] as const satisfies readonly FunctionMode[];

const isFunctionMode = (mode: string): mode is FunctionMode => mode in suffix;

export function requestsOf(module: ModuleInfo, options: CompileOptions): readonly FunctionRequest[] {
  return candidatesOf(module, options).flatMap((source) => {
    const tags: readonly (Tag | undefined)[] = source.tags.length > 0 ? source.tags : [undefined];
    const seen = new Set<string>();
    return tags.flatMap((tag) => {
      const asked: readonly RequestedMode[] | undefined =
        options.modes ?? (tag && tag.modes.length > 0 ? (tag.modes as readonly RequestedMode[]) : undefined);
      const modes = asked === undefined ? functionModes : asked.filter(isFunctionMode);
      return modes.flatMap((mode) => {
        const name = tag?.as ?? `${source.name === 'default' ? 'default_' : source.name}${suffix[mode]}`;
        if (seen.has(name)) return [];
        seen.add(name);
        const named = options.wrt?.filter((param) => source.params.includes(param)) ?? [];
        const constants = new Map(
          [...Object.entries(tag?.constants ?? {}), ...Object.entries(options.const ?? {})].filter(([param]) =>
            source.params.includes(param),
          ),
        );
        return [
          { source, mode, name, wrt: named.length > 0 ? named : tag?.wrt, constants, explicit: asked !== undefined },
        ];
      });
    });
  });
}

/** The candidates that have not been left out by a tag or by `functions`. */
export const candidatesOf = (module: ModuleInfo, options: CompileOptions): readonly Candidate[] =>
  module.exports.filter(
    (each): each is Candidate =>
      each.candidate &&
      (options.functions === undefined ? !each.tags.some(({ skip }) => skip) : options.functions.includes(each.name)),
  );

export interface ChainNames {
  readonly h: Candidate;
  readonly p: Candidate;
  readonly beta: Candidate;
}

/** The exports that make a chain: h, p, and beta or β. */
export function chainOf(module: ModuleInfo, options: CompileOptions): ChainNames | 'two-betas' | undefined {
  const find = (name: string) => candidatesOf(module, options).find((each) => each.name === name);
  const [h, p, beta, greek] = [find('h'), find('p'), find('beta'), find('β')];
  if (beta && greek) return 'two-betas';
  const weight = beta ?? greek;
  if (!h || !p || !weight) return undefined;
  if (options.modes && !options.modes.includes('chain')) return undefined;
  return { h, p, beta: weight };
}
