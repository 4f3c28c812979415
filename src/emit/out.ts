/**
 * The parameter `out`: a result of an earlier call whose numbers and arrays are overwritten. Arrays that the function
 * makes are taken from it where they would be allocated, everything else is written at the end.
 *
 *     const xBar = out ? out.cotangents.x : new Float64Array(n);
 *     …
 *     if (!out) return { value, cotangents: { x: xBar } };
 *     out.value = value;
 *     return out;
 *
 * If no size depends on the arguments, a default value takes the place of the distinction.
 */

import type { ArrayType, Atom, Fn, Type } from '../ir/types.js';
import type { Expr } from './expressions.js';
import { member, operation, plain } from './expressions.js';
import type { Scope } from './names.js';
import { Scope as InnerScope } from './names.js';
import type { Leaf, ResultShape, ResultTree } from './result.js';
import { isFixedShape, pathText } from './result.js';
import type { Out } from './text.js';
import { line } from './text.js';
import type { Node } from './tree.js';
import { typedArrays, typeKey } from './types.js';
import type { Values } from './values.js';
import { arrayType, initial, property } from './values.js';

export interface OutInput {
  readonly fn: Fn;
  readonly shape: ResultShape;
  /** The name of the parameter. */
  readonly name: string;
  readonly guards: boolean;
  readonly noUnchecked: boolean;
  readonly scope: Scope;
  /** Names of the parameters. */
  readonly params: ReadonlyMap<Atom, string>;
}

type Made = Extract<Node['stmt'], { kind: 'alloc' | 'slice' | 'make' }>;

const isZero = (atom: Atom): boolean => atom.kind === 'const' && atom.value === 0;
const isUndefined = (atom: Atom): boolean => atom.kind === 'const' && atom.value === undefined;

export class OutWriter {
  readonly #input: OutInput;
  readonly #fixed: boolean;
  /** What the leaf of each statement is called, once printed. */
  readonly #byStmt: Map<unknown, Leaf>;
  readonly #bang: string;

  constructor(input: OutInput) {
    this.#input = input;
    this.#fixed = isFixedShape(input.fn.result);
    this.#byStmt = new Map(input.shape.leaves.flatMap((leaf) => (leaf.made === undefined ? [] : [[leaf.made, leaf]])));
    this.#bang = input.noUnchecked ? '!' : '';
  }

  /** `out?: T` or `out: T = { … }`. */
  parameter(type: string): string {
    const { name, fn } = this.#input;
    return this.#fixed ? `${name}: ${type} = ${initial(fn.result) ?? ''}` : `${name}?: ${type}`;
  }

  /** Checks at the start of the function: fixed shapes, and records and tuples that are those of an argument. */
  entry(): Out[] {
    const { guards, shape, name } = this.#input;
    if (!guards) return [];
    const outs: Out[] = [];
    const visit = (tree: ResultTree) => {
      const path = pathText(name, tree.path);
      const optional = this.#fixed || tree.path.length === 0 ? path : this.#maybe(tree.path);
      const { type } = tree;
      if (tree.kind === 'leaf' && tree.made !== undefined) return;
      if (type.kind === 'array' && type.storage === 'list' && type.fixed !== undefined) {
        if (this.#fixed) {
          const found = `found \${${path}.length}`;
          outs.push(
            this.#throwIf(`${path}.length !== ${type.fixed}`, `\`${path}: expected length ${type.fixed}, ${found}\``),
          );
        }
      }
      if (type.kind === 'array' || type.kind === 'record') outs.push(...this.#differs(optional, path, type, tree.path));
      if (tree.kind === 'make') tree.parts.forEach(visit);
    };
    visit(shape.tree);
    return outs;
  }

  /** In place of the allocation of an array that is part of the result. */
  allocate({ stmt }: Node, name: string, values: Values): Out[] | undefined {
    if (stmt.kind !== 'alloc' && stmt.kind !== 'slice' && stmt.kind !== 'make') return undefined;
    const leaf = this.#byStmt.get(stmt);
    const row = this.#input.shape.rows.get(stmt);
    if (leaf === undefined && row === undefined) return undefined;
    const { name: out } = this.#input;
    const type = arrayType(stmt.target);
    const size = this.#size(stmt, values);
    if (leaf !== undefined) {
      const path = pathText(out, leaf.path);
      const differs = this.#input.guards ? this.#differs(name, path, type, leaf.path) : [];
      return [line(this.#take(name, leaf, type, size)), ...this.#prepare(stmt, name, path, size, differs, values)];
    }
    if (row === undefined) return undefined;
    const index = values.text(row.index);
    const fresh = freshArray(type, size);
    const annotation = type.storage === 'list' ? `: ${typeKey(type)}` : '';
    const earlier = row.path.length === 0 ? `${out}?.[${index}]` : `${this.#maybe(row.path)}[${index}]`;
    return [
      // Asked of `out` itself: what a new list holds before it is filled is nothing to read.
      line(`const ${name}${annotation} = ${earlier} ?? ${fresh};`),
      ...this.#prepare(stmt, name, `${pathText(out, row.path)}[\${${index}}]`, size, [], values),
    ];
  }

  /** A part of `out`, if there is one. */
  #maybe(path: readonly string[]): string {
    const { name } = this.#input;
    return pathText(name, path).replace(name, `${name}?`).replace('?[', '?.[');
  }

  /** Length and content of an array that may have been used before. */
  #prepare(stmt: Made, name: string, path: string, size: Expr, differs: readonly Out[], values: Values): Out[] {
    const type = arrayType(stmt.target);
    const grows = type.storage === 'list' && type.fixed === undefined;
    const outs: Out[] = [];
    if (this.#input.guards && !grows) {
      const expected = /^\d+$/.test(size.text) ? size.text : `\${${size.text}}`;
      const message = `\`${path}: expected length ${expected}, found \${${name}.length}\``;
      outs.push(this.#throwIf(operation('ne', [member(`${name}.length`), size]).text, message));
    }
    outs.push(...differs);
    if (grows) outs.push(line(`${name}.length = ${size.text};`));
    if (stmt.kind === 'make') {
      stmt.parts.forEach((part, k) => outs.push(line(`${name}[${k}] = ${values.stored(type, part).text};`)));
    } else if (stmt.kind === 'slice') outs.push(...this.#fillFrom(stmt, name, size, values));
    else if (stmt.fill !== undefined && !isUndefined(stmt.fill)) {
      const content = values.stored(type, stmt.fill).text;
      // A new typed array is zero already.
      const needless = content === '0' && type.storage !== 'list' && !this.#fixed;
      outs.push(needless ? line(`if (${this.#input.name}) ${name}.fill(0);`) : line(`${name}.fill(${content});`));
    }
    return outs;
  }

  /** `const xBar = out ? out.cotangents.x : new Float64Array(n);` */
  #take(name: string, leaf: Leaf, type: ArrayType, size: Expr): string {
    const { name: out } = this.#input;
    const path = pathText(out, leaf.path);
    if (this.#fixed) return `const ${name} = ${path};`;
    const fresh = (type.fixed === undefined ? undefined : initial(type)) ?? freshArray(type, size);
    const isSure = leaf.type.kind !== 'optional';
    const earlier = isSure || leaf.path.length === 0 ? path : this.#maybe(leaf.path);
    const source = leaf.path.length > 0 && isSure ? `${out} ? ${earlier} : ${fresh}` : `${earlier} ?? ${fresh}`;
    // A literal does not tell its type; where the function makes a tuple of what the caller knows as an array, it is one.
    const known = leaf.type.kind === 'optional' ? leaf.type.of : leaf.type;
    return `const ${name}${type.storage === 'list' ? `: ${typeKey(known)}` : ''} = ${source};`;
  }

  #size(stmt: Made, values: Values): Expr {
    if (stmt.kind === 'make') return plain(String(stmt.parts.length));
    if (stmt.kind === 'alloc') return values.atom(stmt.length);
    const end = values.endOf(stmt);
    return isZero(stmt.from) ? end : operation('sub', [end, values.atom(stmt.from)]);
  }

  #fillFrom(stmt: Extract<Made, { kind: 'slice' }>, name: string, size: Expr, values: Values): Out[] {
    const source = values.text(stmt.object);
    if (arrayType(stmt.target).storage !== 'list') {
      const isWhole = isZero(stmt.from) && size.text === `${source}.length`;
      const bounds = `${values.text(stmt.from)}, ${values.endOf(stmt).text}`;
      return [line(`${name}.set(${isWhole ? source : `${source}.subarray(${bounds})`});`)];
    }
    const i = new InnerScope(this.#input.scope).claim('i', 'j', 'k');
    const from = isZero(stmt.from) ? i : operation('add', [plain(i), values.atom(stmt.from)]).text;
    const body = [line(`${name}[${i}] = ${source}[${from}]${this.#bang};`)];
    return [{ kind: 'block', head: `for (let ${i} = 0; ${operation('lt', [plain(i), size]).text}; ${i}++)`, body }];
  }

  /** The end of the function. */
  finish(values: Values): Out[] {
    const { shape, name } = this.#input;
    const { tree } = shape;
    if (tree.kind === 'leaf' && tree.made !== undefined) return [line(`return ${values.text(tree.atom)};`)];
    const outs: Out[] = [];
    if (!this.#fixed) outs.push(line(`if (!${name}) return ${literalOf(tree, values)};`));
    const write = (part: ResultTree) => {
      if (part.kind === 'make') part.parts.forEach(write);
      else if (part.made === undefined) outs.push(...this.#copy(pathText(name, part.path), part, values));
    };
    write(tree);
    outs.push(line(`return ${name};`));
    return outs;
  }

  #copy(target: string, { atom, type }: Leaf, values: Values): Out[] {
    return this.#copyInto(target, values.text(atom), type, new InnerScope(this.#input.scope), target);
  }

  #copyInto(target: string, source: string, type: Type, scope: Scope, path: string): Out[] {
    if (type.kind === 'record') {
      return type.fields.flatMap(({ name, type: of }) =>
        this.#copyInto(pathText(target, [name]), pathText(source, [name]), of, scope, pathText(path, [name])),
      );
    }
    if (type.kind !== 'array') return [line(`${target} = ${source};`)];
    const { elem } = type;
    if (type.storage !== 'list') {
      const message = `\`${path}: expected length \${${source}.length}, found \${${target}.length}\``;
      const check = this.#input.guards ? [this.#throwIf(`${target}.length !== ${source}.length`, message)] : [];
      return [...check, line(`${target}.set(${source});`)];
    }
    if (type.fixed !== undefined && type.fixed <= 16) {
      return Array.from({ length: type.fixed }, (_, k) =>
        this.#copyInto(`${target}[${k}]`, `${source}[${k}]`, elem, scope, `${path}[${k}]`),
      ).flat();
    }
    const i = scope.claim('i', 'j', 'k', 'l');
    const head = `for (let ${i} = 0; ${i} < ${source}.length; ${i}++)`;
    const [to, from] = [`${target}[${i}]`, `${source}[${i}]${this.#bang}`];
    if (elem.kind !== 'array' && elem.kind !== 'record') {
      return [line(`${target}.length = ${source}.length;`), { kind: 'block', head, body: [line(`${to} = ${from};`)] }];
    }
    const inner = this.#copyInto(`${to}${this.#bang}`, from, elem, scope, `${path}[\${${i}}]`);
    return [
      line(`if (${target}.length > ${source}.length) ${target}.length = ${source}.length;`),
      {
        kind: 'block',
        head,
        body: [
          { kind: 'if', cond: plain(`${i} < ${target}.length`), then: inner, else: [line(`${target}.push(${from});`)] },
        ],
      },
    ];
  }

  /** Checks that an array or record of `out` is none of the arguments. */
  #differs(text: string, path: string, type: Type, place: readonly string[]): Out[] {
    const { fn, params } = this.#input;
    const own = fn.params.flatMap(({ value }) =>
      sameParts(value.type, type, [params.get(value) ?? '']).flatMap((parts) => {
        // Of the arrays inside a record only the one of the same name is a likely mistake.
        const likely = parts.length === 1 || place.slice(-parts.length).join('.') === parts.join('.');
        return likely ? [pathText(parts[0] ?? '', parts.slice(1))] : [];
      }),
    );
    if (own.length === 0) return [];
    const cond = own.map((other) => `${text} === ${other}`).join(' || ');
    const rule = own.length === 1 ? `must not be ${own[0] ?? ''} itself` : 'must not be an argument itself';
    return [this.#throwIf(cond, `'${path}: ${rule}'`)];
  }

  #throwIf(cond: string, message: string): Out {
    return { kind: 'if', cond: plain(cond), then: [line(`throw new RangeError(${message});`)], else: [] };
  }
}

/** Paths to the parts of a parameter that have a type, through records. */
function sameParts(type: Type, wanted: Type, path: readonly string[]): (readonly string[])[] {
  const here = (type.kind === 'array' || type.kind === 'record') && typeKey(type) === typeKey(wanted) ? [path] : [];
  const inner = type.kind === 'record' ? type.fields.flatMap((f) => sameParts(f.type, wanted, [...path, f.name])) : [];
  return [...here, ...inner];
}

/** The result as a literal. */
export function literalOf(tree: ResultTree, values: Values): string {
  if (tree.kind === 'leaf') return values.text(tree.atom);
  const { type, parts } = tree;
  const texts = parts.map((part) => literalOf(part, values));
  if (type.kind !== 'record' || type.tuple) return `[${texts.join(', ')}]`;
  return texts.length === 0
    ? '{}'
    : `{ ${type.fields.map(({ name }, k) => property(name, texts[k] ?? '')).join(', ')} }`;
}

/** A new array of the right length; what it holds is stored afterwards. */
const freshArray = (type: ArrayType, size: Expr): string =>
  type.storage === 'list'
    ? `new Array<${typeKey(type.elem)}>(${size.text})`
    : `new ${typedArrays[type.storage]}(${size.text})`;
