/** Rarer statements of random programs: methods of arrays, records with arrays in them, classes, whole algorithms. */

import { condition, expr, index, pick, sizeOf } from './expressions.js';
import { assignment, counted, fallback, indent, tame, type Arguments, type Row, type Written } from './parts.js';
import type { Variable } from './scope.js';

const filled = ({ scope }: Arguments, n: number, ...kinds: readonly ('f64' | 'list')[]): Variable | undefined =>
  pick(
    scope.of(...kinds).filter((v) => v.size !== 'some'),
    n,
  );

/** `const a = …`, a list of unknown length. */
function list({ cx }: Arguments, text: (name: string) => string): Written {
  const name = cx.fresh('b');
  return { lines: [text(name)], defines: [{ name, kind: 'list', mutable: true, size: 'some' }] };
}

export const rows: readonly Row[] = [
  [
    'while true',
    3,
    (at) => {
      const { cx, scope, n, tree } = at;
      if (scope.loopDepth > 2) return undefined;
      const k = cx.fresh('k');
      const inner = scope.loop().with({ name: k, kind: 'int', mutable: false, from: 1, size: 4 });
      const body = tree.blocks[0]?.length ? at.block(0, inner) : indent(fallback(at, inner));
      const leave = `  if (${k} >= ${2 + ((n[0] ?? 0) % 2)} || ${condition(cx, inner, tree.exprs[1])}) break;`;
      return { lines: [`let ${k} = 0;`, 'while (true) {', `  ${k}++;`, leave, ...body, '}'] };
    },
  ],
  [
    'for of entries',
    3,
    (at) => {
      const { cx, scope, n } = at;
      const array = filled(at, n[0] ?? 0, 'f64', 'list');
      if (array === undefined || scope.loopDepth > 2) return undefined;
      const [i, v] = [cx.fresh('i'), cx.fresh('v')];
      const element: Variable = { name: v, kind: 'num', mutable: false };
      const inner = scope.loop().with({ name: i, kind: 'int', mutable: false, ...counted(0, sizeOf(array)) }, element);
      const body = at.tree.blocks[0]?.length ? at.block(0, inner) : indent(fallback(at, inner));
      return { lines: [`for (const [${i}, ${v}] of ${array.name}.entries()) {`, ...body, '}'] };
    },
  ],
  [
    'concat',
    3,
    (at) => {
      const [a, b] = [filled(at, at.n[0] ?? 0, 'list'), filled(at, at.n[1] ?? 0, 'list')];
      return a && b && list(at, (name) => `const ${name} = ${a.name}.concat(${b.name}, [${at.e(0)}]);`);
    },
  ],
  [
    'flatMap',
    4,
    (at) => {
      const a = filled(at, at.n[0] ?? 0, 'list');
      return a && list(at, (name) => `const ${name} = ${a.name}.flatMap((e) => [e, e * ${at.e(0)}]);`);
    },
  ],
  [
    'filter',
    2,
    (at) => {
      const a = filled(at, at.n[0] ?? 0, 'list');
      return a && list(at, (name) => `const ${name} = ${a.name}.filter((e) => e > 0.1);`);
    },
  ],
  [
    'set',
    3,
    (at) => {
      const { cx, n } = at;
      const source = filled(at, n[0] ?? 0, 'f64');
      if (source === undefined) return undefined;
      const name = cx.fresh('b');
      const lines = [
        `const ${name} = new Float64Array(${source.name}.length + 1);`,
        `${name}.set(${source.name}, 1);`,
        `${name}[0] = ${at.e(0)};`,
      ];
      return { lines, defines: [{ name, kind: 'f64', mutable: true, size: 2 }] };
    },
  ],
  [
    'state',
    7,
    ({ cx, scope, n, e }) => {
      const known = pick(scope.mutable('state'), n[0] ?? 0);
      if (known !== undefined && (n[1] ?? 0) % 3 === 0) {
        return { lines: [assignment(`${known.name}.pos[${(n[2] ?? 0) % 2}]`, scope, n[3] ?? 0, e(0))] };
      }
      if (known !== undefined && (n[1] ?? 0) % 3 === 1)
        return { lines: [assignment(`${known.name}.vel`, scope, n[3] ?? 0, e(0))] };
      const name = cx.fresh('st');
      const lines = [`let ${name}: State = { pos: [${e(0)}, ${e(1)}], vel: ${e(2)} };`];
      return { lines, defines: [{ name, kind: 'state', mutable: true, size: 2 }] };
    },
  ],
  [
    'rollout of a state',
    6,
    ({ cx, scope, n, e }) => {
      const known = pick(
        scope.mutable('state').filter(({ name }) => name.startsWith('st')),
        n[0] ?? 0,
      );
      const step = cx.piece('advance');
      if (known !== undefined && known.name !== 'state0')
        return { lines: [`for (let k = 0; k < 3; k++) ${known.name} = ${step}(${known.name}, 0.2);`] };
      const name = cx.fresh('st');
      const lines = [
        `let ${name}: State = { pos: [${e(0)}, ${e(1)}], vel: ${e(2)} };`,
        `for (let k = 0; k < 2; k++) ${name} = ${step}(${name}, 0.1);`,
      ];
      return { lines, defines: [{ name, kind: 'state', mutable: true, size: 2 }] };
    },
  ],
  [
    'nested destructuring',
    6,
    ({ cx, scope, n }) => {
      const state = pick(scope.of('state'), n[0] ?? 0);
      if (state === undefined) return undefined;
      const [a, b, v] = [cx.fresh('d'), cx.fresh('d'), cx.fresh('d')];
      const defines: Variable[] = [a, b, v].map((name) => ({ name, kind: 'num', mutable: false }));
      return { lines: [`const { pos: [${a}, ${b} = 0.5], vel: ${v} } = ${state.name};`], defines };
    },
  ],
  [
    'instance of a class',
    3,
    ({ cx, e }) => {
      const name = cx.fresh('spring');
      const lines = [`const ${name} = new ${cx.piece('Spring')}(${e(0)}, ${e(1)});`];
      return {
        lines,
        defines: [
          { name: `${name}.force`, kind: 'fn', mutable: false },
          { name: `${name}.stretch`, kind: 'num', mutable: false },
        ],
      };
    },
  ],
  [
    'generic helper',
    9,
    ({ cx, scope, n }) => {
      const pair = pick(scope.of('pair'), n[0] ?? 0);
      const name = cx.fresh('pair');
      return (
        pair && {
          lines: [`const ${name} = ${cx.piece('turned')}(${pair.name});`],
          defines: [{ name, kind: 'pair', mutable: true }],
        }
      );
    },
  ],
  [
    'index that counts on',
    3,
    (at) => {
      const { cx, scope, n, e } = at;
      const array = pick(
        scope.mutable('f64', 'list').filter((v) => v.size !== 'some' && v.size !== 1),
        n[0] ?? 0,
      );
      const k = cx.fresh('at');
      return (
        array && {
          lines: [
            `let ${k} = 0;`,
            `${array.name}[${k}++] += ${tame(scope, e(0))};`,
            `${array.name}[${k}] -= ${tame(scope, e(1))};`,
          ],
        }
      );
    },
  ],
  [
    'matrix product',
    7,
    ({ cx, scope, n }) => {
      const a = pick(scope.of('rows'), n[0] ?? 0);
      const b = pick(scope.of('rows'), n[1] ?? 0);
      if (a === undefined || b === undefined || a.size !== b.size || scope.loopDepth > 1) return undefined;
      const c = cx.fresh('prod');
      const size = `${a.name}.length`;
      const lines = [
        `const ${c} = Array.from({ length: ${size} }, () => new Array<number>(${size}).fill(0));`,
        `for (let i = 0; i < ${size}; i++)`,
        `  for (let j = 0; j < ${size}; j++)`,
        `    for (let k = 0; k < ${size}; k++) ${c}[i][j] += 0.3 * ${a.name}[i][k] * ${b.name}[k][j];`,
      ];
      return { lines, defines: [{ ...a, name: c, mutable: true }] };
    },
  ],
  [
    'prefix sums in place',
    3,
    (at) => {
      const { scope, n } = at;
      const array = pick(
        scope.mutable('f64', 'list').filter((v) => v.size !== 'some'),
        n[0] ?? 0,
      );
      if (array === undefined) return undefined;
      const back = (n[1] ?? 0) % 2 === 0;
      const head = back
        ? `for (let i = ${array.name}.length - 2; i >= 0; i--)`
        : `for (let i = 1; i < ${array.name}.length; i++)`;
      return {
        lines: [`${head} ${array.name}[i] += Math.sin(${array.name}[i ${back ? '+' : '-'} 1]) * ${array.name}[i];`],
      };
    },
  ],
  [
    'argument of the maximum',
    2,
    (at) => {
      const { cx, scope, n } = at;
      const array = filled(at, n[0] ?? 0, 'f64', 'list');
      if (array === undefined || scope.loopDepth > 2) return undefined;
      const [best, value] = [cx.fresh('best'), cx.fresh('c')];
      const lines = [
        `let ${best} = 0;`,
        `for (let i = 1; i < ${array.name}.length; i++) if (${array.name}[i] > ${array.name}[${best}]) ${best} = i;`,
        `const ${value} = ${array.name}[${best}] * ${index(cx, scope, array, n[1] ?? 0)} + ${expr(cx, scope, at.tree.exprs[0])};`,
      ];
      return { lines, defines: [{ name: value, kind: 'num', mutable: false }] };
    },
  ],
  [
    'pop',
    5,
    ({ cx, scope, n, e }) => {
      const array = pick(
        scope.mutable('list').filter((v) => v.grows === true),
        n[0] ?? 0,
      );
      const name = cx.fresh('c');
      const defines: Variable[] = [{ name, kind: 'num', mutable: false }];
      if (array !== undefined) return { lines: [`const ${name} = ${array.name}.pop() ?? 0.4;`], defines };
      const stack = cx.fresh('b');
      const lines = [
        `const ${stack} = [${e(0)}, ${e(1)}];`,
        `const ${name} = (${stack}.pop() ?? 0.4) * ${stack}.length;`,
      ];
      return { lines, defines: [...defines, { name: stack, kind: 'list', mutable: true, size: 'some', grows: true }] };
    },
  ],
];
