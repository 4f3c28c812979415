/** Names of locals: the user's where there is one, else from the operation; counted up where a name is taken. */

import type { Atom } from '../ir/types.js';
import type { Node } from './tree.js';

const reserved = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof undefined var void while with yield ' +
    'Array Error Float32Array Float64Array Infinity Int32Array Math NaN Number RangeError String TypeError Uint8Array'
  ).split(' '),
);

/** Names that a function or variable cannot have, or that generated code uses for what they mean. */
export const isReserved = (name: string): boolean => reserved.has(name);

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** A property's name as it stands in a literal or a type. */
export const propertyName = (name: string): string =>
  identifier.test(name) || /^(0|[1-9]\d*)$/.test(name) ? name : quote(name);

export const isIdentifier = (name: string): boolean => identifier.test(name);

export const quote = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** A legal name of a local made from any hint. */
function legal(hint: string): string {
  const name = hint.replace(/[^\p{ID_Continue}$]/gu, '_').replace(/^(?=\p{Nd})/u, '_');
  return name === '' || name === '_' ? 'value' : name;
}

/** The names taken in a block and those around it. No name hides another. */
export class Scope {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  has(name: string): boolean {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.#outer) {
      if (scope.#taken.has(name)) return true;
    }
    return reserved.has(name);
  }

  /** The first of the candidates that is free, or the first counted up. */
  claim(...candidates: readonly string[]): string {
    const free = candidates.map(legal).find((name) => !this.has(name));
    const name = free ?? this.#count(legal(candidates[0] ?? 'value'));
    this.#taken.add(name);
    return name;
  }

  #count(base: string): string {
    const stem = /\d$/.test(base) ? `${base}_` : base;
    let k = 2;
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.#outer) {
      k = Math.max(k, scope.#next.get(stem) ?? 2);
    }
    while (this.has(`${stem}${k}`)) k += 1;
    this.#next.set(stem, k + 1);
    return `${stem}${k}`;
  }
}

export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** What the name of a temporary may be made of. */
export interface Naming {
  /** The name of the variable an atom is read from; undefined for expressions. */
  name(atom: Atom): string | undefined;
  /** What is folded into the use of an atom. */
  folded(atom: Atom): Node | undefined;
}

const operations: Readonly<Record<string, string>> = {
  neg: 'negative', add: 'sum', sub: 'difference', mul: 'product', div: 'quotient', rem: 'remainder', pow: 'power',
  atan2: 'angle', max: 'largest', min: 'smallest', hypot: 'distance', bitand: 'bits', bitor: 'bits', bitxor: 'bits',
  bitnot: 'bits', shl: 'shifted', shr: 'shifted', ushr: 'shifted', imul: 'product', clz32: 'zeros', lt: 'less',
  le: 'atMost', gt: 'greater', ge: 'atLeast', eq: 'equal', ne: 'different', same: 'same', and: 'both', or: 'either',
  not: 'not', isNaN: 'isNaN', isFinite: 'isFinite', isInteger: 'isInteger', defined: 'defined', select: 'choice',
  num: 'flag', unwrap: 'value', text: 'text', sqrt: 'root', abs: 'size',
}; // prettier-ignore

/** How arrays are called that keep values of a variable for the reverse sweep. */
const saved = /(?<=.)Saved\d*$/;

/** Candidates for the name of an unnamed value, best first. */
export function describe(node: Node | undefined, naming: Naming): readonly string[] {
  if (node === undefined) return ['value'];
  const { stmt } = node;
  switch (stmt.kind) {
    case 'let': {
      const [first] = stmt.args;
      const operand = first === undefined ? undefined : naming.name(first);
      const word = operations[stmt.op];
      if (stmt.args.length > 1 || stmt.op === 'neg') return [word ?? stmt.op];
      if (stmt.op === 'unwrap' || stmt.op === 'not')
        return [operand === undefined ? (word ?? stmt.op) : stmt.op === 'not' ? `not${capital(operand)}` : operand];
      return [operand === undefined ? (word ?? stmt.op) : `${stmt.op}${capital(operand)}`];
    }
    case 'load': {
      if (stmt.key.kind === 'field') return [stmt.key.name];
      const { object, key } = stmt;
      const array = naming.name(object) ?? 'element';
      if (saved.test(array)) return [array.replace(saved, '')];
      if (key.kind === 'const' && object.kind === 'value' && object.type.kind === 'array') {
        const label = object.type.labels?.[Number(key.value)];
        return label === undefined ? [`${array}${String(key.value)}`] : [label];
      }
      const index = naming.name(key);
      return [index === undefined ? `${array}${neighbour(naming.folded(key))}` : `${array}${capital(index)}`];
    }
    case 'length': {
      const array = naming.name(stmt.object);
      return ['n', array === undefined ? 'length' : `${array}Length`];
    }
    case 'pop': {
      const list = naming.name(stmt.object) ?? 'value';
      return [saved.test(list) ? list.replace(saved, '') : 'popped'];
    }
    case 'alloc':
      return ['array'];
    case 'slice': {
      const array = naming.name(stmt.object);
      return [array === undefined ? 'copy' : `${array}Copy`];
    }
    case 'view': {
      const array = naming.name(stmt.object);
      return [array === undefined ? 'part' : `${array}Part`];
    }
    case 'make':
      return [stmt.target.type.kind === 'array' ? 'list' : 'record'];
    case 'if':
      return ['choice'];
    case 'call':
      return ['result'];
    default:
      return ['value'];
  }
}

/** `x[i - 1]` is `xPrevious`. */
function neighbour(node: Node | undefined): string {
  const [, shift] = node?.stmt.kind === 'let' ? node.stmt.args : [];
  const op = node?.stmt.kind === 'let' ? node.stmt.op : undefined;
  if (shift?.kind !== 'const' || shift.value !== 1) return 'Element';
  return op === 'sub' ? 'Previous' : op === 'add' ? 'Next' : 'Element';
}
