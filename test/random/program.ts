/** A random program: one exported function with its helpers, as TypeScript source, and points to run it at. */

import { Random } from '../oracle/values.js';
import { Context, expr, library, pick, typeText, type Helper, type HelperKind } from './expressions.js';
import { language } from './language.js';
import { Scope, type Kind, type Variable } from './scope.js';
import { indent } from './parts.js';
import { statements } from './statements.js';
import type { ExprTree, HelperTree, ProgramTree } from './tree.js';

export interface RandomProgram {
  readonly source: string;
  /** Constructs that occur, for counting. */
  readonly used: ReadonlySet<string>;
  readonly params: readonly Kind[];
}

const paramKinds: readonly Kind[] = [
  'num',
  'f64',
  'list',
  'f64',
  'list',
  'pair',
  'item',
  'rows',
  'int',
  'items',
  'state',
  'mode',
  'bool',
];
const resultKinds: readonly Kind[] = ['num', 'num', 'num', 'f64', 'list', 'pair', 'item', 'rows', 'state'];
const helperKinds: readonly HelperKind[] = ['scalar', 'pair', 'item', 'vector'];

export function randomProgram(tree: ProgramTree): RandomProgram {
  const cx = new Context();
  const helpers = tree.helpers.flatMap((helper) => writeHelper(cx, helper));
  // The first parameter is always a number: every tree has something active.
  const params: Variable[] = [{ name: 'x', kind: 'num', mutable: true }];
  for (const choice of tree.params) {
    const kind = paramKinds[choice % paramKinds.length] ?? 'num';
    const name = cx.fresh(
      { num: 'y', f64: 'xs', list: 'ys', pair: 'uv', item: 'it', rows: 'm', int: 'n', items: 'its', state: 'state' }[
        kind as string
      ] ?? kind,
    );
    const scalar = ['num', 'int', 'bool', 'mode'].includes(kind);
    const written = (!scalar || kind === 'num') && choice % 5 === 0;
    if (written && !scalar) cx.use('parameter that may be written');
    params.push({ name, kind, mutable: written, ...(scalar ? {} : { size: 'n' }) });
    cx.use(`parameter: ${kind}`);
  }
  const result = resultKinds[tree.result % resultKinds.length] ?? 'num';
  cx.use(`result: ${result}`);
  const leave = (scope: Scope, e: ExprTree | undefined) => early(cx, scope, result, e);
  const start = prologue(cx, new Scope(params), tree);
  const body = statements({ cx, scope: start.scope, leave }, tree.body);
  const rest = body.ends ? body.lines : [...body.lines, ...finish(cx, body.scope, result, tree.exprs)];
  const lines = [...start.lines, ...rest];
  const signature = params.map((p) => `${p.name}: ${typeText[p.kind]}`).join(', ');
  const source = [
    'export interface Item {',
    '  p: number;',
    '  q: number;',
    '}',
    'export type State = { pos: number[]; vel: number };',
    '',
    ...[...cx.pieces].flatMap((piece) => [...library[piece], '']),
    ...[...cx.language].flatMap((piece) => [...language[piece].lines, '']),
    ...helpers,
    `export function f(${signature}): ${typeText[result]} {`,
    ...indent(lines),
    '}',
    '',
  ].join('\n');
  return { source, used: cx.used, params: params.map((p) => p.kind) };
}

/** Something to assign to and, mostly, an array to write into, so that most statements apply. */
function prologue(cx: Context, scope: Scope, tree: ProgramTree): { lines: string[]; scope: Scope } {
  const lines = [`let s = ${expr(cx, scope, tree.exprs[1])};`];
  const defines: Variable[] = [{ name: 's', kind: 'num', mutable: true }];
  const source = pick(scope.of('f64', 'list'), tree.result >> 3);
  if (tree.result % 5 > 1 && source !== undefined) {
    lines.push(`const w = ${source.name}.slice();`);
    defines.push({ name: 'w', kind: source.kind, mutable: true, size: 'n' });
  } else if (tree.result % 5 > 0) {
    const f64 = tree.result % 2 === 0;
    lines.push(f64 ? 'const w = Float64Array.of(x, s, 0.5);' : 'const w = [x, s, 0.5];');
    defines.push({ name: 'w', kind: f64 ? 'f64' : 'list', mutable: true, size: 3 });
  }
  return { lines, scope: scope.with(...defines) };
}

const sum = (parts: readonly string[]): string => parts.join(' + ');

/** The value of an early return: whatever has the type of the result. */
function early(cx: Context, scope: Scope, result: Kind, e: ExprTree | undefined): string {
  const value = expr(cx, scope, e);
  switch (result) {
    case 'f64':
      return `Float64Array.of(${value}, x)`;
    case 'list':
      return `[${value}, x]`;
    case 'pair':
      return `[${value}, x]`;
    case 'item':
      return `{ p: ${value}, q: x }`;
    case 'rows':
      return `[[${value}, x], [x, 1]]`;
    case 'state':
      return `{ pos: [${value}, x], vel: x }`;
    default:
      return value;
  }
}

/** Gathers what the body has made, so that little of it is dead, and returns it in the type of the result. */
function finish(cx: Context, scope: Scope, result: Kind, trees: readonly ExprTree[]): string[] {
  const numbers = scope
    .of('num')
    .slice(-4)
    .map((v, k) => `${v.name} * ${(0.3 + 0.1 * k).toFixed(1)}`);
  const lines = [`let total = ${sum([expr(cx, scope, trees[0]), ...numbers])};`];
  for (const v of scope.variables.slice(-8)) {
    if (v.kind === 'f64' || v.kind === 'list')
      lines.push(`for (let j = 0; j < ${v.name}.length; j++) total += ${v.name}[j] * (0.5 + j);`);
    else if (v.kind === 'rows') lines.push(`for (const row of ${v.name}) for (const e of row) total += 0.7 * e;`);
    else if (v.kind === 'items') lines.push(`for (const { p, q } of ${v.name}) total += p * 0.4 - q;`);
    else if (v.kind === 'pair') lines.push(`total += ${v.name}[0] - 0.4 * ${v.name}[1];`);
    else if (v.kind === 'state') lines.push(`total += ${v.name}.pos[0] * ${v.name}.vel - ${v.name}.pos[1];`);
    else if (v.kind === 'item') lines.push(`total += ${v.name}.p - 0.4 * ${v.name}.q;`);
  }
  const other = expr(cx, scope, trees[1]);
  const made = scope.mutable(result).at(-1);
  switch (result) {
    case 'f64':
    case 'list':
      if (made !== undefined && made.size !== 'some')
        return [...lines, `${made.name}[0] += total;`, `return ${made.name};`];
      return [
        ...lines,
        `return ${result === 'f64' ? 'Float64Array.of' : ''}${result === 'f64' ? `(total, ${other})` : `[total, ${other}]`};`,
      ];
    case 'pair':
      return [...lines, `return [total, ${other}];`];
    case 'item':
      return [...lines, `return { p: total, q: ${other} };`];
    case 'rows':
      if (made !== undefined) return [...lines, `${made.name}[1][0] += total;`, `return ${made.name};`];
      return [...lines, `return [[total, ${other}], [x]];`];
    case 'state':
      if (made !== undefined) return [...lines, `return { ...${made.name}, vel: total };`];
      return [...lines, `return { pos: [total, ${other}], vel: x };`];
    default:
      return [...lines, 'return total;'];
  }
}

function writeHelper(cx: Context, tree: HelperTree): string[] {
  const kind = pick(helperKinds, tree.kind) ?? 'scalar';
  const name = cx.fresh('helper');
  const [a, b] = [cx.fresh('a'), cx.fresh('b')];
  const scope = new Scope([
    kind === 'vector' ? { name: a, kind: 'list', mutable: true, size: 1 } : { name: a, kind: 'num', mutable: true },
    { name: b, kind: 'num', mutable: true },
  ]);
  const leave =
    kind === 'vector'
      ? undefined
      : (at: Scope, e: ExprTree | undefined) =>
          kind === 'scalar'
            ? expr(cx, at, e)
            : kind === 'pair'
              ? `[${expr(cx, at, e)}, ${b}]`
              : `{ p: ${expr(cx, at, e)}, q: ${b} }`;
  // A helper calls those before it only, so there is no recursion.
  const body = statements({ cx, scope, leave }, tree.body);
  const [first, second] = [expr(cx, body.scope, tree.results[0]), expr(cx, body.scope, tree.results[1])];
  const last = {
    scalar: `return ${first} + 0.5 * ${b};`,
    pair: `return [${first}, ${second} - ${b}];`,
    item: `return { p: ${first}, q: ${second} - ${b} };`,
    vector: `${a}[0] = Math.sin(${first}) + 0.5 * ${b};`,
  }[kind];
  const [param, type] = {
    scalar: ['number', 'number'],
    pair: ['number', '[number, number]'],
    item: ['number', 'Item'],
    vector: ['number[]', 'void'],
  }[kind];
  const helper: Helper = { name, kind };
  cx.helpers.push(helper);
  return [`function ${name}(${a}: ${param}, ${b}: number): ${type} {`, ...indent([...body.lines, last]), '}', ''];
}

/** Arguments for a program. Arrays of one call have one length, 2 … 4; whole numbers are small. */
export function randomPoint(params: readonly Kind[], seed: number): unknown[] {
  const random = new Random(seed);
  const n = 2 + random.below(3);
  const real = () => random.between(-1.8, 1.8);
  const list = (): number[] => Array.from({ length: n }, real);
  const item = () => ({ p: real(), q: real() });
  return params.map((kind) => {
    switch (kind) {
      case 'f64':
        return Float64Array.from(list());
      case 'list':
        return list();
      case 'pair':
        return [real(), real()];
      case 'item':
        return item();
      case 'rows':
        return Array.from({ length: n }, list);
      case 'items':
        return Array.from({ length: n }, item);
      case 'int':
        return random.below(4);
      case 'state':
        return { pos: list(), vel: real() };
      case 'mode':
        return random.below(2) === 0 ? 'soft' : 'hard';
      case 'bool':
        return random.below(2) === 0;
      default:
        return real();
    }
  });
}
