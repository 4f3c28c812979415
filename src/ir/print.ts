/** The readable form of the IR, the one sketched in `types.ts`. Names are stable: the same function prints the same text. */

import type { Atom, Block, Carried, Cell, Fn, Key, Stmt, Type, Value } from './types.js';
import { unreachable } from './visit.js';

export interface PrintOptions {
  /** Appends `// file:line:column` to every statement that has an origin. */
  readonly origins?: boolean;
}

export function printFn(fn: Fn, options: PrintOptions = {}): string {
  const all = [fn, ...(fn.helpers ?? [])];
  return all.map((each) => new Printer(options).fn(each, '').join('\n') + '\n').join('\n');
}

export function printType(type: Type): string {
  switch (type.kind) {
    case 'num':
    case 'bool':
    case 'str':
    case 'void':
      return type.kind;
    case 'array': {
      const length = `[${type.fixed ?? ''}]`;
      return (type.storage === 'list' ? printType(type.elem) : type.storage) + length;
    }
    case 'record':
      return type.tuple === true
        ? `[${type.fields.map((f) => printType(f.type)).join(', ')}]`
        : `{ ${type.fields.map((f) => `${f.name}: ${printType(f.type)}`).join(', ')} }`;
    case 'optional':
      return `${printType(type.of)}?`;
    default:
      return unreachable(type);
  }
}

class Printer {
  readonly #options: PrintOptions;
  readonly #names = new Map<Value | Cell, string>();
  readonly #taken = new Set<string>();
  #unnamed = 0;

  constructor(options: PrintOptions) {
    this.#options = options;
  }

  fn(fn: Fn, indent: string): string[] {
    const params = fn.params.map((param) => {
      const mark = param.active ? '' : 'passive ';
      return `${mark}${this.#name(param.value)}: ${printType(param.value.type)}`;
    });
    const head = `${indent}fn ${fn.name}(${params.join(', ')}) -> ${printType(fn.result)}`;
    return [head, ...this.#block(fn.body, `${indent}  `)];
  }

  #block(block: Block, indent: string): string[] {
    const lines = block.stmts.flatMap((stmt) => this.stmt(stmt, indent));
    const yields = block.yields.map((atom) => ` ${this.#atom(atom)}`).join(',');
    return [...lines, `${indent}yield${yields}`];
  }

  stmt(stmt: Stmt, indent: string): string[] {
    const [head = '', ...rest] = this.#lines(stmt, indent);
    const origin = this.#options.origins === true ? stmt.origin : undefined;
    const note = origin === undefined ? '' : ` // ${origin.file}:${origin.line}:${origin.column}`;
    return [indent + head + note, ...rest];
  }

  /** The first line without indentation, the others with. */
  #lines(stmt: Stmt, indent: string): string[] {
    const atom = (a: Atom) => this.#atom(a);
    const inner = `${indent}  `;
    switch (stmt.kind) {
      case 'let': {
        const args = stmt.args.map((a) => ` ${atom(a)}`).join('');
        return [`${this.#name(stmt.target)} = ${stmt.op}${args}`];
      }
      case 'load': {
        const place = this.#place(stmt.object, stmt.key);
        return [`${this.#name(stmt.target)} = load ${place}`];
      }
      case 'store':
        return [`store ${this.#place(stmt.object, stmt.key)} ${stmt.add ? '+=' : '='} ${atom(stmt.value)}`];
      case 'length': {
        const object = atom(stmt.object);
        return [`${this.#name(stmt.target)} = length ${object}`];
      }
      case 'alloc': {
        const fill = stmt.fill === undefined ? '' : ` fill ${atom(stmt.fill)}`;
        const length = atom(stmt.length);
        return [`${this.#name(stmt.target)} = alloc ${printType(stmt.target.type)} ${length}${fill}`];
      }
      case 'make':
        return [this.#make(stmt.target, stmt.parts)];
      case 'slice':
      case 'view': {
        const range = `${atom(stmt.object)}[${atom(stmt.from)} .. ${atom(stmt.to)}]`;
        return [`${this.#name(stmt.target)} = ${stmt.kind} ${range}`];
      }
      case 'push':
        return [`push ${atom(stmt.object)} ${atom(stmt.value)}`];
      case 'pop': {
        const object = atom(stmt.object);
        return [`${this.#name(stmt.target)} = pop ${object}`];
      }
      case 'resize':
        return [`resize ${atom(stmt.object)} ${atom(stmt.length)}`];
      case 'if': {
        const cond = atom(stmt.cond);
        const head = `${this.#targets(stmt.results)}if ${cond}`;
        return [head, ...this.#block(stmt.then, inner), `${indent}else`, ...this.#block(stmt.else, inner)];
      }
      case 'for': {
        const [from, to, carry] = [atom(stmt.from), atom(stmt.to), this.#inits(stmt.carried)];
        const targets = this.#targets(stmt.results);
        const i = this.#name(stmt.index);
        const step = stmt.step < 0 ? `${i} -= ${-stmt.step}` : `${i} += ${stmt.step}`;
        const head = `${targets}for ${i} = ${from}; ${i} ${stmt.compare} ${to}; ${step}${carry()}`;
        return [head, ...this.#block(stmt.body, inner)];
      }
      case 'loop': {
        const carry = this.#inits(stmt.carried);
        const head = `${this.#targets(stmt.results)}loop${carry()}`;
        return [head, ...this.#block(stmt.body, inner)];
      }
      case 'throw':
        return [`throw ${stmt.error}${stmt.message.map((a) => ` ${atom(a)}`).join('')}`];
      case 'call': {
        const args = stmt.args.map(atom).join(', ');
        return [
          `${this.#targets(stmt.target ? [stmt.target] : [])}${stmt.effects ? 'call' : 'call pure'} ${stmt.callee}(${args})`,
        ];
      }
      case 'derive': {
        const into = stmt.into?.map((a) => (a === undefined ? '_' : atom(a)));
        const args = stmt.args.map(atom).join(', ');
        const wrt = stmt.wrt
          .map((active, k) => (active ? (stmt.callee.params[k]?.value.name ?? String(k)) : ''))
          .filter(Boolean);
        const head = `${this.#targets(stmt.results)}derive ${stmt.mode} ${stmt.callee.name}(${args}) wrt ${wrt.join(', ')}`;
        const callee = new Printer(this.#options).fn(stmt.callee, inner);
        return [into === undefined ? head : `${head} into ${into.join(', ')}`, ...callee];
      }
      case 'linear':
        return [`${this.#targets([stmt.target])}${stmt.op} ${stmt.args.map(atom).join(', ')}`];
      case 'cell':
        return [
          `cell ${this.#cell(stmt.cell)}: ${printType(stmt.cell.type)}${stmt.init === undefined ? '' : ` = ${atom(stmt.init)}`}`,
        ];
      case 'read': {
        const cell = this.#cell(stmt.cell);
        return [`${this.#name(stmt.target)} = read ${cell}`];
      }
      case 'write':
        return [`write ${this.#cell(stmt.cell)} = ${atom(stmt.value)}`];
      default:
        return unreachable(stmt);
    }
  }

  #make(target: Value, parts: readonly Atom[]): string {
    const { type } = target;
    const atoms = parts.map((part) => this.#atom(part));
    const named = type.kind === 'record' && type.tuple !== true;
    const text = named
      ? `{ ${type.fields.map((f, k) => `${f.name}: ${atoms[k] ?? '?'}`).join(', ')} }`
      : `[${atoms.join(', ')}]`;
    const storage = type.kind === 'array' && type.storage !== 'list' ? `${type.storage} ` : '';
    return `${this.#name(target)} = make ${storage}${text}`;
  }

  /** Inits are named before the results, params after them: in the order they are read on the line. */
  #inits(carried: readonly Carried[]): () => string {
    const inits = carried.map(({ init }) => this.#atom(init));
    return () =>
      carried.length === 0
        ? ''
        : ` carry ${carried.map(({ param }, k) => `${this.#name(param)} = ${inits[k] ?? ''}`).join(', ')}`;
  }

  #targets(values: readonly Value[]): string {
    return values.length === 0 ? '' : `${values.map((v) => this.#name(v)).join(', ')} = `;
  }

  #place(object: Atom, key: Key): string {
    return key.kind === 'field' ? `${this.#atom(object)}.${key.name}` : `${this.#atom(object)}[${this.#atom(key)}]`;
  }

  #atom(atom: Atom): string {
    if (atom.kind === 'value') return this.#name(atom);
    if (typeof atom.value === 'string') return JSON.stringify(atom.value);
    return Object.is(atom.value, -0) ? '-0' : String(atom.value);
  }

  #name(v: Value): string {
    return this.#unique(v, v.name ?? '');
  }

  #cell(cell: Cell): string {
    return this.#unique(cell, `@${cell.name}`);
  }

  #unique(of: Value | Cell, hint: string): string {
    const known = this.#names.get(of);
    if (known !== undefined) return known;
    let name = hint;
    if (hint === '') name = `%${(this.#unnamed += 1)}`;
    // `x1` taken becomes `x1_2`: `x12` would read as another variable.
    else for (let k = 2; this.#taken.has(name); k += 1) name = /\d$/.test(hint) ? `${hint}_${k}` : `${hint}${k}`;
    this.#taken.add(name);
    this.#names.set(of, name);
    return name;
  }
}
