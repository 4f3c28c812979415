/** Statements of random programs, each a row with a weight; one that does not apply gives nothing. */

import { condition, expr, index, pick, sizeOf } from './expressions.js';
import {
  assignment,
  counted,
  declare,
  fallback,
  indent,
  place,
  sized,
  tame,
  type Arguments,
  type Row,
  type Written,
} from './parts.js';
import { Scope, type Variable } from './scope.js';

function forLoop(at: Arguments): Written | undefined {
  const { cx, scope, n } = at;
  const [form = 0, which = 0] = n;
  if (scope.loopDepth > 2) return undefined;
  const i = cx.fresh('i');
  const array = sized(scope, which);
  const size = array === undefined ? 3 : sizeOf(array);
  const end = array === undefined ? '3' : `${array.name}.length`;
  const labelled = form % 11 === 10;
  const label = labelled ? cx.fresh('outer') : undefined;
  const heads: readonly (readonly [string, string, number])[] = [
    ['for up', `for (let ${i} = 0; ${i} < ${end}; ${i}++)`, 0],
    ['for from 1', `for (let ${i} = 1; ${i} < ${end}; ${i}++)`, 1],
    ['for down', `for (let ${i} = ${end} - 1; ${i} >= 0; ${i}--)`, 0],
    ['for by 2', `for (let ${i} = 0; ${i} < ${end}; ${i} += 2)`, 0],
    ['for to <=', `for (let ${i} = 0; ${i} <= ${end} - 1; ${i} += 1)`, 0],
    ['for down by 2', `for (let ${i} = ${end} - 1; ${i} > 0; ${i} -= 2)`, 1],
    ['for triangular', `for (let ${i} = ${triangular(scope, size) ?? '0'}; ${i} < ${end}; ${i}++)`, 0],
  ];
  const [name, head, from] = pick(heads, form) ?? ['for up', '', 0];
  cx.use(name);
  if (label !== undefined) cx.use('label');
  const index: Variable = { name: i, kind: 'int', mutable: false, ...counted(from, size) };
  const inner = scope.loop(label).with(index);
  const body = at.block(0, inner);
  // A loop of nothing shows nothing.
  const filler = body.length > 0 ? body : indent(fallback(at, inner));
  return { lines: [`${label === undefined ? '' : `${label}: `}${head} {`, ...filler, '}'] };
}

function triangular(scope: Scope, size: Variable['size']): string | undefined {
  return scope.of('int').find((v) => v.size === size)?.name;
}
export const rows: readonly Row[] = [
  ['const', 6, (at) => declare(at, 'const')],
  ['let', 6, (at) => declare(at, 'let')],
  [
    'assignment',
    16,
    ({ scope, n, e }) => {
      const target = pick(scope.mutable('num'), n[1] ?? 0);
      return target && { lines: [assignment(target.name, scope, n[0] ?? 0, e(0))] };
    },
  ],
  [
    'write into an object',
    20,
    (at) => {
      const target = place(at, at.n.slice(1));
      return target === undefined ? undefined : { lines: [assignment(target, at.scope, at.n[0] ?? 0, at.e(0))] };
    },
  ],
  [
    'if',
    12,
    (at) => {
      const cond = condition(at.cx, at.scope, at.tree.exprs[0]);
      const then = at.block(0, at.scope);
      const otherwise = at.block(1, at.scope);
      const body = then.length > 0 ? then : indent(fallback(at, at.scope));
      if (otherwise.length === 0) return { lines: [`if (${cond}) {`, ...body, '}'] };
      at.cx.use('else');
      return { lines: [`if (${cond}) {`, ...body, '} else {', ...otherwise, '}'] };
    },
  ],
  ['for', 18, forLoop],
  [
    'for of',
    4,
    (at) => {
      const { cx, scope, n } = at;
      const array = pick(scope.of('f64', 'list'), n[0] ?? 0);
      if (array === undefined || scope.loopDepth > 2) return undefined;
      const name = cx.fresh('v');
      const inner = scope.loop().frozen(array.name).with({ name, kind: 'num', mutable: false });
      const body = at.block(0, inner);
      return {
        lines: [
          `for (const ${name} of ${array.name}) {`,
          ...(body.length > 0 ? body : indent(fallback(at, inner))),
          '}',
        ],
      };
    },
  ],
  [
    'while',
    7,
    (at) => {
      const { cx, scope, n } = at;
      if (scope.loopDepth > 2) return undefined;
      const k = cx.fresh('k');
      const most = 2 + ((n[0] ?? 0) % 3);
      const inner = scope.loop().with({ name: k, kind: 'int', mutable: false, from: 1, size: most + 1 });
      // Counted first: `continue` must not skip it.
      const body = [`  ${k}++;`, ...(at.tree.blocks[0]?.length ? at.block(0, inner) : indent(fallback(at, inner)))];
      const cond =
        (n[1] ?? 0) % 3 === 0 ? `${k} < ${most}` : `${k} < ${most} && ${condition(cx, scope, at.tree.exprs[1])}`;
      if ((n[2] ?? 0) % 4 === 0) {
        cx.use('do while');
        return { lines: [`let ${k} = 0;`, 'do {', ...body, `} while (${cond});`] };
      }
      return { lines: [`let ${k} = 0;`, `while (${cond}) {`, ...body, '}'] };
    },
  ],
  [
    'leave a loop',
    14,
    ({ cx, scope, n, tree }) => {
      if (!scope.inLoop) return undefined;
      const word = (n[0] ?? 0) % 2 === 0 ? 'continue' : 'break';
      const labelled = scope.label !== undefined && (n[1] ?? 0) % 2 === 0;
      cx.use(labelled ? `${word} with a label` : word);
      return { lines: [`if (${condition(cx, scope, tree.exprs[0])}) ${word}${labelled ? ` ${scope.label}` : ''};`] };
    },
  ],
  [
    'early return',
    5,
    ({ cx, scope, leave, tree }) => {
      if (leave === undefined) return undefined;
      return {
        lines: [`if (${condition(cx, scope, tree.exprs[0])}) {`, `  return ${leave(scope, tree.exprs[1])};`, '}'],
      };
    },
  ],
  ['local array', 18, localArray],
  [
    'swap',
    9,
    ({ cx, scope, n }) => {
      const array = pick(
        scope.mutable('rows', 'f64', 'list').filter((v) => v.size !== 'some'),
        n[0] ?? 0,
      );
      if (array === undefined) return undefined;
      const [i, j] = [index(cx, scope, array, n[1] ?? 0), index(cx, scope, array, n[2] ?? 0)];
      cx.use(array.kind === 'rows' ? 'swap of rows' : 'swap of elements');
      if ((n[3] ?? 0) % 2 === 0)
        return { lines: [`[${array.name}[${i}], ${array.name}[${j}]] = [${array.name}[${j}], ${array.name}[${i}]];`] };
      const held = cx.fresh('held');
      return {
        lines: [
          `const ${held} = ${array.name}[${i}];`,
          `${array.name}[${i}] = ${array.name}[${j}];`,
          `${array.name}[${j}] = ${held};`,
        ],
      };
    },
  ],
  [
    'tuple or record',
    8,
    ({ cx, n, e }) => {
      if ((n[0] ?? 0) % 2 === 0) {
        const name = cx.fresh('pair');
        return {
          lines: [`const ${name}: [number, number] = [${e(0)}, ${e(1)}];`],
          defines: [{ name, kind: 'pair', mutable: true }],
        };
      }
      const name = cx.fresh('item');
      return {
        lines: [`const ${name}: Item = { p: ${e(0)}, q: ${e(1)} };`],
        defines: [{ name, kind: 'item', mutable: true }],
      };
    },
  ],
  [
    'spread of a record',
    2,
    ({ cx, scope, n, e }) => {
      const item = pick(scope.of('item'), n[0] ?? 0);
      const name = cx.fresh('item');
      return (
        item && {
          lines: [`const ${name}: Item = { ...${item.name}, p: ${e(0)} };`],
          defines: [{ name, kind: 'item', mutable: true }],
        }
      );
    },
  ],
  [
    'destructuring',
    5,
    ({ cx, n, e, scope }) => {
      const helper = pick(
        cx.helpers.filter((h) => h.kind === 'pair' || h.kind === 'item'),
        n[0] ?? 0,
      );
      const object = pick(scope.of('pair', 'item'), n[0] ?? 0);
      const kind = helper?.kind ?? object?.kind;
      const source = helper === undefined ? object?.name : `${helper.name}(${e(0)}, ${e(1)})`;
      if (source === undefined) return undefined;
      const [a, b] = [cx.fresh('d'), cx.fresh('d')];
      const defines: Variable[] = [a, b].map((name) => ({ name, kind: 'num', mutable: true }));
      return {
        lines: [kind === 'pair' ? `let [${a}, ${b}] = ${source};` : `let { p: ${a}, q: ${b} } = ${source};`],
        defines,
      };
    },
  ],
  [
    'helper that writes',
    5,
    ({ cx, scope, n, e }) => {
      const helper = pick(
        cx.helpers.filter((h) => h.kind === 'vector'),
        n[0] ?? 0,
      );
      const array = pick(
        scope.mutable('list').filter((v) => v.size !== 'some'),
        n[1] ?? 0,
      );
      return helper && array && { lines: [`${helper.name}(${array.name}, ${e(0)});`] };
    },
  ],
  [
    'closure',
    6,
    ({ cx, scope, n, e, tree }) => {
      const t = cx.fresh('t');
      const inner = scope.closure().with({ name: t, kind: 'num', mutable: false });
      const target = pick(scope.mutable('num'), n[1] ?? 0);
      if ((n[0] ?? 0) % 3 === 0 && target !== undefined) {
        cx.use('closure that writes');
        const name = cx.fresh('act');
        const value = tame(inner.loop(), expr(cx, inner, tree.exprs[0]));
        return {
          lines: [`const ${name} = (${t}: number) => {`, `  ${target.name} += 0.5 * ${value};`, '};'],
          defines: [{ name, kind: 'act', mutable: false }],
        };
      }
      const name = cx.fresh('fn');
      const defines: Variable[] = [{ name, kind: 'fn', mutable: false }];
      if ((n[0] ?? 0) % 3 === 1) {
        cx.use('closure with a body');
        const cond = condition(cx, inner, tree.exprs[1]);
        const lines = [
          `const ${name} = (${t}: number): number => {`,
          `  if (${cond}) return ${t};`,
          `  return ${t} * ${expr(cx, inner, tree.exprs[0])};`,
          '};',
        ];
        return { lines, defines };
      }
      return {
        lines: [`const ${name} = (${t}: number) => ${expr(cx, inner, tree.exprs[0])} + ${t} * ${e(1)};`],
        defines,
      };
    },
  ],
  [
    'call for its effect',
    6,
    ({ cx, scope, n, e }) => {
      const act = pick(scope.of('act'), n[0] ?? 0);
      if (act !== undefined) return { lines: [`${act.name}(${e(0)});`] };
      const target = pick(scope.mutable('num'), n[1] ?? 0);
      const name = cx.fresh('act');
      return (
        target && {
          lines: [
            `const ${name} = (t: number): void => {`,
            `  ${target.name} += Math.sin(t);`,
            '};',
            `${name}(${e(0)});`,
            `${name}(${target.name});`,
          ],
        }
      );
    },
  ],
  [
    'forEach',
    3,
    (at) => {
      const { cx, scope, n } = at;
      const array = pick(
        scope.of('f64', 'list').filter((v) => v.grows !== true),
        n[0] ?? 0,
      );
      if (array === undefined || scope.loopDepth > 2) return undefined;
      const [name, i] = [cx.fresh('e'), cx.fresh('i')];
      const variables: Variable[] = [
        { name, kind: 'num', mutable: false },
        { name: i, kind: 'int', mutable: false, from: 0, size: sizeOf(array) },
      ];
      const body = fallback(at, new Scope([...scope.variables, ...variables], { loopDepth: scope.loopDepth + 1 }));
      return { lines: [`${array.name}.forEach((${name}, ${i}) => {`, ...indent(body), '});'] };
    },
  ],
  [
    'boolean',
    3,
    ({ cx, scope, tree }) => {
      const name = cx.fresh('flag');
      return {
        lines: [`const ${name} = ${condition(cx, scope, tree.exprs[0])};`],
        defines: [{ name, kind: 'bool', mutable: false }],
      };
    },
  ],
  [
    'push',
    7,
    ({ cx, scope, n, e }) => {
      const list = pick(
        scope.mutable('list').filter((v) => v.grows === true),
        n[0] ?? 0,
      );
      if (list !== undefined) return { lines: [`${list.name}.push(${e(0)});`] };
      const name = cx.fresh('b');
      const lines = [`const ${name} = [${e(0)}];`, `${name}.push(${e(1)}, ${e(2)});`];
      return { lines, defines: [{ name, kind: 'list', mutable: true, size: 'some', grows: true }] };
    },
  ],
  [
    'alias',
    12,
    ({ cx, scope, n }) => {
      const name = cx.fresh('alias');
      const rowsOf = pick(scope.mutable('rows'), n[0] ?? 0);
      if (rowsOf !== undefined) {
        cx.use('alias of a row');
        const at = index(cx, scope, rowsOf, n[2] ?? 0);
        return { lines: [`const ${name} = ${rowsOf.name}[${at}];`], defines: [{ ...rowsOf, name, kind: 'list' }] };
      }
      const items = pick(scope.mutable('items'), n[0] ?? 0);
      if (items !== undefined && (n[1] ?? 0) % 3 === 0) {
        cx.use('alias of an item');
        const at = index(cx, scope, items, n[2] ?? 0);
        return { lines: [`const ${name} = ${items.name}[${at}];`], defines: [{ name, kind: 'item', mutable: true }] };
      }
      const object = pick(
        scope.mutable('f64', 'list', 'pair', 'item').filter((v) => v.grows !== true),
        n[0] ?? 0,
      );
      return object && { lines: [`const ${name} = ${object.name};`], defines: [{ ...object, name }] };
    },
  ],
  [
    'subarray',
    10,
    ({ cx, scope, n }) => {
      const array = pick(
        scope.mutable('f64').filter((v) => v.size === 'n'),
        n[0] ?? 0,
      );
      const name = cx.fresh('view');
      return (
        array && {
          lines: [`const ${name} = ${array.name}.subarray(0, 2);`],
          defines: [{ name, kind: 'f64', mutable: true, size: 2 }],
        }
      );
    },
  ],
  [
    'switch',
    5,
    (at) => {
      const { cx, scope, n } = at;
      const i = pick(cx.ints(scope, 'index'), n[0] ?? 0);
      if (i === undefined) return undefined;
      cx.usedAs(i.name, 'index');
      const inner = new Scope(scope.variables, { loopDepth: scope.loopDepth });
      const fill = (k: number) => indent(at.block(k, inner));
      const other = indent(indent(fallback(at, inner)));
      const fall = (n[1] ?? 0) % 3 === 0 ? [] : ['    break;'];
      return {
        lines: [
          `switch (${i.name} % 3) {`,
          '  case 0: {',
          ...fill(0),
          '  }',
          ...fall,
          '  case 1: {',
          ...fill(1),
          '  }',
          '    break;',
          '  default: {',
          ...other,
          '  }',
          '}',
        ],
      };
    },
  ],
  ['guard', 2, ({ e }) => ({ lines: [`if (${e(0)} > 1e6) throw new RangeError('too large');`] })],
];
function localArray(at: Arguments): Written | undefined {
  const { cx, scope, n, e, tree } = at;
  const source = sized(new Scope(scope.of('f64', 'list')), n[1] ?? 0);
  const name = cx.fresh('a');
  const size = source === undefined ? 3 : sizeOf(source);
  const length = source === undefined ? '3' : `${source.name}.length`;
  const lines = (text: string, kind: Variable['kind'], of: Variable['size'], grows = false): Written => ({
    lines: [text],
    defines: [{ name, kind, mutable: true, ...(of === undefined ? {} : { size: of }), ...(grows ? { grows } : {}) }],
  });
  /** The body of a callback with an element and an index. */
  const callback = (write: (v: string, i: string, body: string) => string, element = true): string => {
    const [v, i] = [cx.fresh('e'), cx.fresh('i')];
    const index: Variable = { name: i, kind: 'int', mutable: false, ...counted(0, size) };
    const inner = element ? scope.with({ name: v, kind: 'num', mutable: false }, index) : scope.with(index);
    return write(v, i, expr(cx, inner, tree.exprs[0]));
  };
  const forms: readonly (readonly [string, () => Written | undefined])[] = [
    ['array literal', () => lines(`const ${name}: number[] = [${e(0)}, ${e(1)}, ${e(2)}];`, 'list', 3)],
    ['new Float64Array(n)', () => lines(`const ${name} = new Float64Array(${length});`, 'f64', size)],
    ['new Array(n).fill(0)', () => lines(`const ${name} = new Array<number>(${length}).fill(0);`, 'list', size)],
    ['slice', () => source && lines(`const ${name} = ${source.name}.slice();`, source.kind, size)],
    [
      'map',
      () =>
        source &&
        lines(
          `const ${name} = ${source.name}.map(${callback((v, i, body) => `(${v}, ${i}) => ${body} + 0.5 * ${v}`)});`,
          source.kind,
          size,
        ),
    ],
    ['list that grows', () => lines(`const ${name}: number[] = [];`, 'list', 'some', true)],
    [
      'list filled in a loop',
      () => {
        if (source === undefined) return undefined;
        const i = cx.fresh('i');
        const value = expr(
          cx,
          scope.with({ name: i, kind: 'int', mutable: false, ...counted(0, size) }),
          tree.exprs[0],
        );
        return {
          lines: [
            `const ${name}: number[] = [];`,
            `for (let ${i} = 0; ${i} < ${length}; ${i}++) ${name}.push(${value});`,
          ],
          defines: [{ name, kind: 'list', mutable: true, size }],
        };
      },
    ],
    ['Float64Array.of', () => lines(`const ${name} = Float64Array.of(${e(0)}, ${e(1)});`, 'f64', 2)],
    [
      'Array.from',
      () =>
        source &&
        lines(
          `const ${name} = Array.from({ length: ${length} }, ${callback((v, i, body) => `(_${v}, ${i}) => ${body}`, false)});`,
          'list',
          size,
        ),
    ],
    ['nested literal', () => lines(`const ${name} = [[${e(0)}, ${e(1)}], [${e(2)}, 0.5]];`, 'rows', 2)],
    ['nested literal', () => lines(`const ${name} = [[${e(0)}, ${e(1)}], [${e(2)}, 0.5]];`, 'rows', 2)],
    [
      'map over rows',
      () => {
        const rowsOf = pick(scope.of('rows'), n[2] ?? 0);
        if (rowsOf === undefined)
          return lines(`const ${name} = [[${e(0)}, 1], [0.5, ${e(1)}]].map((row) => row.slice());`, 'rows', 2);
        return lines(`const ${name} = ${rowsOf.name}.map((row) => row.slice());`, 'rows', sizeOf(rowsOf));
      },
    ],
    [
      'array of records',
      () => lines(`const ${name}: Item[] = [{ p: ${e(0)}, q: ${e(1)} }, { p: ${e(2)}, q: 1 }];`, 'items', 2),
    ],
    ['spread of an array', () => source && lines(`const ${name} = [...${source.name}];`, 'list', size)],
    ['fill', () => lines(`const ${name} = new Float64Array(2).fill(${e(0)});`, 'f64', 2)],
  ];
  const [construct, write] = pick(forms, n[0] ?? 0) ?? ['', () => undefined];
  const written = write();
  if (written !== undefined) cx.use(construct);
  return written;
}
