/** One function as text: analyses, then names, then lines. */

import type { Atom, Fn, Value } from '../ir/types.js';
import { borrowedValues } from './borrowed.js';
import { fold } from './fold.js';
import { literals } from './literals.js';
import { Scope } from './names.js';
import { nameVariables } from './naming.js';
import { findNeeded } from './needed.js';
import { OutWriter } from './out.js';
import type { EmittedFn } from './plan.js';
import type { ResultShape } from './result.js';
import { isFixedShape, partHints, resultShape } from './result.js';
import { schedule } from './schedule.js';
import { findVariables } from './ssa-out.js';
import type { Printer } from './statements.js';
import { printRegion } from './statements.js';
import { line, paragraphs, render } from './text.js';
import { buildTree, place } from './tree.js';
import type { TypeText } from './types.js';
import { Values } from './values.js';

const nothing: ReadonlySet<never> = new Set<never>();

/** `callees`: what the functions that it calls are called in the module, and it itself, if it is called. */
export function emitFunction(
  emitted: EmittedFn,
  types: TypeText,
  noUnchecked: boolean,
  callees: ReadonlyMap<string, string>,
): string {
  const fn = literals(emitted.fn);
  const withOut = emitted.out && (fn.result.kind === 'record' || fn.result.kind === 'array');
  const shape = withOut ? resultShape(fn) : undefined;
  const needed = findNeeded(fn);
  const root = buildTree(fn, needed, {
    leaves: (values) => shape?.leaves.map(({ atom }) => atom) ?? values,
    absorbed: shape?.absorbed ?? nothing,
    splitReturns: shape === undefined && fn.result.kind !== 'void',
  });
  const params = fn.params.map(({ value }) => value);
  const shared = shape === undefined ? unshared : sharing(shape, fn);
  const input = { root, params, called: fn.called === true, needed, ...shared };
  let folding = fold(input);
  if (schedule(root, needed, folding)) folding = fold(input);
  place(root);
  const variables = findVariables({ root, params, needed, folding, kept: shared.kept });

  const outermost = new Scope();
  // A local must not hide what is called.
  for (const name of callees.values()) outermost.claim(name);
  const fixed = new Map<Value, string>(params.map((value) => [value, outermost.claim(value.name ?? 'arg')]));
  const outName = shape === undefined ? '' : outermost.claim('out');
  const hints = shape === undefined ? new Map<Value, string>() : partHints(shape.leaves);
  nameVariables({ root, variables, folding, fixed, outermost, hints });

  const borrowed = borrowedValues(fn);
  const values = new Values(folding, variables, fixed, types, borrowed, noUnchecked, needed, callees);
  const out =
    shape &&
    new OutWriter({ fn, shape, name: outName, guards: emitted.guards, noUnchecked, scope: outermost, params: fixed });
  const cx: Printer = {
    values,
    variables,
    folding,
    types,
    borrowed,
    result: ([atom]) => out?.finish(values) ?? (atom === undefined ? [] : [line(`return ${values.text(atom)};`)]),
    allocate: (node, name) => out?.allocate(node, name, values),
  };
  const body = paragraphs([...(out?.entry() ?? []), ...printRegion(root, cx)]);

  const result = emitted.resultName ?? types.text(fn.result, 'write');
  const list = signature(fn, fixed, types);
  if (out !== undefined) list.push(out.parameter(result));
  const name = fn.called ? (callees.get(fn.name) ?? fn.name) : fn.name;
  const head = `${fn.called ? '' : 'export '}function ${name}(${list.join(', ')}): ${result} {`;
  return [...docComment(emitted.doc), head, render(body, 1), '}'].join('\n');
}

const unshared = { twice: nothing, kept: nothing };

/** Parts of a result that is written in two ways are used twice; references are copied part by part. */
function sharing(shape: ResultShape, fn: Fn): { twice: Set<Value>; kept: Set<Value> } {
  const twice = new Set<Value>();
  const kept = new Set<Value>();
  for (const { atom, type, made } of shape.leaves) {
    if (atom.kind !== 'value') continue;
    const scalar = type.kind !== 'array' && type.kind !== 'record';
    if (made !== undefined) kept.add(atom);
    else if (!isFixedShape(fn.result) || !scalar) twice.add(atom);
  }
  for (const stmt of shape.rows.keys()) if ('target' in stmt && stmt.target) kept.add(stmt.target);
  return { twice, kept };
}

function signature(fn: Fn, names: ReadonlyMap<Atom, string>, types: TypeText): string[] {
  const lastRequired = fn.params.findLastIndex(({ optional }) => optional !== true);
  return fn.params.map(({ value, optional }, k) => {
    const name = names.get(value) ?? '';
    if (optional !== true) return `${name}: ${types.text(value.type, 'pass')}`;
    const { type } = value;
    const of = types.text(type.kind === 'optional' ? type.of : type, 'pass');
    const text = type.kind === 'optional' && type.nullable === true ? `${of} | null` : of;
    return k > lastRequired ? `${name}?: ${text}` : `${name}: ${text} | undefined`;
  });
}

export function docComment(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const safe = lines.map((text) => text.replaceAll('*/', '*\\/'));
  if (safe.length === 1) return [`/** ${safe[0] ?? ''} */`];
  return ['/**', ...safe.map((text) => (text === '' ? ' *' : ` * ${text}`)), ' */'];
}
