/** The expression for an atom: a literal, a name, or what is folded into its use. */

import { isConst, typeOf } from '../ir/build.js';
import type { ArrayType, Atom, Call, Key, Stmt, Type, Value } from '../ir/types.js';
import type { Expr } from './expressions.js';
import { at, choose, levels, literal, member, operation, plain, presence } from './expressions.js';
import type { Folding } from './fold.js';
import { isIdentifier, quote } from './names.js';
import type { Needed } from './needed.js';
import type { Variables } from './ssa-out.js';
import type { Node } from './tree.js';
import type { TypeText } from './types.js';
import { typedArrays } from './types.js';

export class Values {
  /** Optional values known to be defined where the printer is. */
  readonly narrowed = new Set<Atom>();
  readonly #folding: Folding;
  readonly #variables: Variables;
  readonly #fixed: ReadonlyMap<Value, string>;
  readonly #types: TypeText;
  readonly #borrowed: ReadonlySet<Value>;
  readonly #noUnchecked: boolean;
  readonly #needed: Needed;
  readonly #callees: ReadonlyMap<string, string>;

  /** `fixed`: names of parameters and indices; `callees`: what the functions that are called are called in the module. */
  constructor(
    folding: Folding,
    variables: Variables,
    fixed: ReadonlyMap<Value, string>,
    types: TypeText,
    borrowed: ReadonlySet<Value>,
    noUnchecked: boolean,
    needed: Needed,
    callees: ReadonlyMap<string, string>,
  ) {
    this.#needed = needed;
    this.#callees = callees;
    this.#folding = folding;
    this.#variables = variables;
    this.#fixed = fixed;
    this.#types = types;
    this.#borrowed = borrowed;
    this.#noUnchecked = noUnchecked;
  }

  atom(atom: Atom): Expr {
    if (atom.kind === 'const') return literal(atom.value);
    const node = this.#folding.folded.has(atom) ? this.#folding.definitions.get(atom) : undefined;
    return node === undefined ? plain(this.name(atom)) : this.definition(node, atom);
  }

  name(value: Value): string {
    const name = this.#fixed.get(value) ?? this.#variables.of(value)?.name;
    if (name === undefined || name === '') throw new Error(`a value of type ${value.type.kind} has no variable`);
    return name;
  }

  /** The right-hand side of the statement that defines `target`. */
  definition(node: Node, target: Value): Expr {
    const { stmt } = node;
    switch (stmt.kind) {
      case 'let':
        return this.#operation(stmt);
      case 'load':
        return this.element(stmt.object, stmt.key);
      case 'length':
        return member(`${this.#object(stmt.object)}.length`);
      case 'alloc':
        return this.#alloc(stmt);
      case 'make':
        return this.#make(stmt.target.type, stmt.parts);
      case 'slice':
        return this.#slice(stmt);
      case 'view':
        return member(`${this.#object(stmt.object)}.subarray(${this.text(stmt.from)}, ${this.text(stmt.to)})`);
      case 'pop':
        // The list is not empty.
        return this.#flag(typeOf(stmt.object), member(`${this.#object(stmt.object)}.pop()!`));
      case 'call':
        return this.call(stmt);
      case 'if':
        return this.choice(node, target);
      default:
        throw new Error(`\`${stmt.kind}\` defines no expression`);
    }
  }

  call({ callee, args }: Call): Expr {
    return member(`${this.#callees.get(callee) ?? callee}(${args.map((arg) => this.text(arg)).join(', ')})`);
  }

  text(atom: Atom): string {
    return this.atom(atom).text;
  }

  /** `c ? a : b` for an `if` whose arms only yield. */
  choice(node: Node, target: Value): Expr {
    const { stmt } = node;
    if (stmt.kind !== 'if') throw new Error('only an `if` is a choice');
    const place = stmt.results.indexOf(target);
    const [yes, no] = node.children.map(({ end }) => (end.kind === 'yield' ? end.values[place] : undefined));
    if (yes === undefined || no === undefined) throw new Error('an arm yields nothing');
    return this.chooseBy(stmt.cond, yes, no);
  }

  chooseBy(cond: Atom, yes: Atom, no: Atom): Expr {
    const test = this.atom(cond);
    const first = this.within(cond, true, () => this.atom(yes));
    const second = this.within(cond, false, () => this.atom(no));
    return choose(test, first, second);
  }

  /** Runs `print` for a place where `cond` is known to be `truth`: TypeScript narrows optional values there. */
  within<T>(cond: Atom, truth: boolean, print: () => T): T {
    const known = this.#implied(cond, truth).filter((atom) => !this.narrowed.has(atom));
    known.forEach((atom) => this.narrowed.add(atom));
    const result = print();
    known.forEach((atom) => this.narrowed.delete(atom));
    return result;
  }

  #implied(cond: Atom, truth: boolean): Atom[] {
    const { folded, definitions } = this.#folding;
    const stmt = cond.kind === 'value' && folded.has(cond) ? definitions.get(cond)?.stmt : undefined;
    if (stmt?.kind !== 'let') return [];
    const [first, second] = stmt.args;
    if (first === undefined) return [];
    if (stmt.op === 'defined') return truth && this.#isName(first) ? [first] : [];
    if (stmt.op === 'not') return this.#implied(first, !truth);
    if (stmt.op === (truth ? 'and' : 'or') && second !== undefined) {
      return [...this.#implied(first, truth), ...this.#implied(second, truth)];
    }
    return [];
  }

  /** Narrowing holds for names that are never assigned again. */
  #isName(atom: Atom): boolean {
    if (atom.kind !== 'value' || this.#folding.folded.has(atom)) return false;
    const variable = this.#variables.of(atom);
    return variable === undefined || variable.writes === 1;
  }

  #operation({ op, args }: Extract<Stmt, { kind: 'let' }>): Expr {
    const [first, second, third] = args;
    if (op === 'unwrap' && first !== undefined) {
      const inner = this.atom(first);
      return this.narrowed.has(first) ? inner : member(`${at(inner, levels.member)}!`);
    }
    if (op === 'select' && first !== undefined && second !== undefined && third !== undefined) {
      return this.chooseBy(first, second, third);
    }
    if (op === 'defined' && first?.kind === 'value' && first.type.kind === 'optional' && first.type.nullable === true) {
      return presence(this.atom(first));
    }
    return operation(
      op,
      args.map((arg) => this.atom(arg)),
    );
  }

  #object(object: Atom): string {
    return at(this.atom(object), levels.member);
  }

  /** `object[key]` as the target of an assignment. */
  place(object: Atom, key: Key): string {
    const base = this.#object(object);
    if (key.kind !== 'field') return `${base}[${this.text(key)}]`;
    if (isIdentifier(key.name)) return `${base}.${key.name}`;
    return `${base}[${/^(0|[1-9]\d*)$/.test(key.name) ? key.name : quote(key.name)}]`;
  }

  /** `object[key]` as a value. */
  element(object: Atom, key: Key): Expr {
    const place = this.place(object, key);
    return this.#flag(typeOf(object), member(this.#noUnchecked && mayMiss(typeOf(object), key) ? `${place}!` : place));
  }

  /** `object[key]` as the target of `+=`. */
  updated(object: Atom, key: Key): string {
    const place = this.place(object, key);
    return this.#noUnchecked && mayMiss(typeOf(object), key) ? `${place}!` : place;
  }

  /** Booleans in a Uint8Array are read as numbers. */
  #flag(object: Type, read: Expr): Expr {
    return holdsFlags(object) ? operation('ne', [read, literal(0)]) : read;
  }

  /** A value as an element of an array of this type. */
  stored(object: Type, value: Atom): Expr {
    const expr = this.atom(value);
    if (!holdsFlags(object)) return expr;
    if (value.kind === 'const') return literal(value.value === true ? 1 : 0);
    return operation('num', [expr]);
  }

  #alloc({ target, length, fill }: Extract<Stmt, { kind: 'alloc' }>): Expr {
    const type = arrayType(target);
    const size = this.text(length);
    if (type.storage !== 'list') {
      const fresh = member(`new ${typedArrays[type.storage]}(${size})`);
      const content = fill === undefined ? undefined : this.stored(type, fill);
      // Zero is what a typed array starts with; -0 is not.
      return content === undefined || content.text === '0' ? fresh : member(`${fresh.text}.fill(${content.text})`);
    }
    const count = length.kind === 'const' ? Number(length.value) : undefined;
    if (count === 0) return plain('[]');
    // An element that may be undefined can be told from a hole.
    const isOpen = fill === undefined || (isConst(fill, undefined) && type.elem.kind !== 'optional');
    const content = isOpen ? initial(type.elem) : this.text(fill);
    if (count !== undefined && (type.fixed !== undefined || (count <= 8 && !isOpen)) && content !== undefined) {
      return plain(`[${Array.from({ length: count }, () => content).join(', ')}]`);
    }
    const fresh = `new Array<${this.#types.text(type.elem, this.#borrowed.has(target) ? 'read' : 'write')}>(${size})`;
    return member(isOpen ? fresh : `${fresh}.fill(${content ?? ''})`);
  }

  #make(type: Type, parts: readonly Atom[]): Expr {
    if (type.kind === 'array') {
      const list = parts.map((part) => this.stored(type, part).text).join(', ');
      if (type.storage === 'list') return plain(`[${list}]`);
      return member(`${typedArrays[type.storage]}.of(${list})`);
    }
    if (type.kind !== 'record') throw new Error(`no literal of a ${type.kind}`);
    if (type.tuple) return plain(`[${parts.map((part) => this.text(part)).join(', ')}]`);
    const fields = type.fields.flatMap(({ name }, k) => {
      const part = parts[k];
      return part === undefined ? [] : [property(name, this.text(part))];
    });
    return plain(fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`);
  }

  #slice(stmt: Extract<Stmt, { kind: 'slice' }>): Expr {
    const { object, from, to, target } = stmt;
    const base = this.#object(object);
    const fixed = target.type.kind === 'array' && target.type.storage === 'list' ? target.type.fixed : undefined;
    if (fixed !== undefined) return plain(`[...${base}]`);
    const bounds = this.#needed.toEnd.has(stmt) ? (isZero(from) ? [] : [from]) : [from, to];
    return member(`${base}.slice(${bounds.map((bound) => this.text(bound)).join(', ')})`);
  }

  /** Where a slice ends. */
  endOf(stmt: Extract<Stmt, { kind: 'slice' }>): Expr {
    return this.#needed.toEnd.has(stmt) ? member(`${this.#object(stmt.object)}.length`) : this.atom(stmt.to);
  }
}

export const property = (name: string, text: string): string => {
  if (name === text) return name;
  return `${isIdentifier(name) || /^(0|[1-9]\d*)$/.test(name) ? name : quote(name)}: ${text}`;
};

export function arrayType({ type }: Value): ArrayType {
  if (type.kind !== 'array') throw new Error(`an array is expected, not a ${type.kind}`);
  return type;
}

const isZero = (atom: Atom): boolean => atom.kind === 'const' && atom.value === 0;

const holdsFlags = (type: Type): boolean =>
  type.kind === 'array' && type.elem.kind === 'bool' && type.storage !== 'list';

/** Whether TypeScript sees that the element may be missing. */
function mayMiss(type: Type, key: Key): boolean {
  if (type.kind !== 'array' || key.kind === 'field') return false;
  if (type.elem.kind === 'optional') return false;
  const known = type.storage === 'list' && type.fixed !== undefined && key.kind === 'const';
  return !(known && Number(key.value) < (type.fixed ?? 0));
}

/** What a variable or element of this type holds before it is assigned, if that is a literal. */
export function initial(type: Type): string | undefined {
  switch (type.kind) {
    case 'num':
      return '0';
    case 'bool':
      return 'false';
    case 'str':
      return "''";
    case 'optional':
    case 'void':
      return 'undefined';
    case 'array': {
      if (type.storage !== 'list') return `new ${typedArrays[type.storage]}(${type.fixed ?? 0})`;
      const elem = type.fixed === undefined ? '' : initial(type.elem);
      return elem === undefined ? undefined : `[${Array.from({ length: type.fixed ?? 0 }, () => elem).join(', ')}]`;
    }
    case 'record': {
      const parts = type.fields.map((f) => [f.name, initial(f.type)] as const);
      if (type.tuple) return `[${parts.map(([, text]) => text).join(', ')}]`;
      return `{ ${parts.map(([name, text]) => property(name, text ?? 'undefined')).join(', ')} }`;
    }
  }
}
