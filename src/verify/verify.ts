/**
 * `--verify`: the generated code against the source it was made from, as run,
 * not as compiled. Derivatives are compared with extrapolated differences of
 * the source's values and with each other.
 */
import type { CompileResult, EmittedChain, EmittedFunction } from '../options.js';
import { checkChain } from './chain-checks.js';
import { checkFunction, type Modules } from './function-checks.js';
import { Ledger, type Row } from './ledger.js';
import { moduleLoader } from './load.js';
import { NumericOperators } from './operators.js';

export interface Verification {
  readonly rows: readonly Row[];
  /** No check failed, and at least one was made. */
  readonly passed: boolean;
}

export interface VerifyOptions {
  /** Where to check: see `givenPoints`. Default: the export `points` of the source, else random points. */
  readonly points?: unknown;
  /** Texts to use in place of what the disk holds, by absolute path. */
  readonly texts?: ReadonlyMap<string, string>;
}

/** Checks a compiled file; its output need not have been written. */
export function verify({ file, output, functions }: CompileResult, options: VerifyOptions = {}): Verification {
  if (!output) throw new Error(`${file} was refused: there is nothing to verify`);
  const operators = new NumericOperators();
  const load = moduleLoader(new Map([...(options.texts ?? []), [output.path, output.text]]), operators.module);
  const source = load(file);
  const modules: Modules = {
    source,
    generated: load(output.path),
    points: options.points ?? source['points'],
    operators,
  };
  const ledger = new Ledger();

  const ofFunctions = functions.filter((info): info is EmittedFunction => info.kind === 'function');
  for (const [name, emitted] of grouped(ofFunctions, (info) => info.source)) {
    checkFunction(name, emitted, modules, ledger);
  }
  const ofChains = functions.filter((info): info is EmittedChain => info.kind === 'chain');
  for (const emitted of grouped(ofChains, (info) => `${info.chain} ${info.along}`).values()) {
    checkChain(emitted, modules, ledger);
  }

  const { rows } = ledger;
  const passed = rows.every((row) => row.verdict !== 'FAILED') && rows.some((row) => row.verdict === 'ok');
  return { rows, passed };
}

function grouped<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
