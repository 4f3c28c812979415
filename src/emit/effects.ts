/**
 * Which reads a write may change. Objects are told apart by where they come from: parameters of what is exported, and
 * what is reached from them, are never written; an object made in this function is no other object made in it.
 */

import type { Atom, Key, Stmt, Type, Value } from '../ir/types.js';

/** Where a reference comes from: a parameter, one statement that makes an object, or who knows. */
type Root = 'param' | 'unknown' | Value;

/** A read of memory whose value may be folded into a later statement. */
export interface Access {
  readonly object: Atom;
  readonly root: Root;
  /** Without a key the whole content is read. */
  readonly key: Key | undefined;
  readonly length: boolean;
}

export class Effects {
  readonly #roots = new Map<Value, Root>();

  /** `params`: those that are never written. */
  constructor(params: readonly Value[]) {
    for (const param of params) this.#roots.set(param, 'param');
  }

  root(object: Atom): Root {
    return object.kind === 'value' ? (this.#roots.get(object) ?? 'unknown') : 'unknown';
  }

  /** Learns where the target of a statement comes from. To be told of statements in order. */
  define(stmt: Stmt): void {
    switch (stmt.kind) {
      case 'alloc':
      case 'make':
      case 'slice':
        this.#roots.set(stmt.target, stmt.target);
        return;
      case 'view':
        this.#roots.set(stmt.target, this.root(stmt.object));
        return;
      case 'load':
        if (this.root(stmt.object) === 'param') this.#roots.set(stmt.target, 'param');
        return;
      case 'let':
        if (stmt.op === 'unwrap' && stmt.args[0] !== undefined) this.#roots.set(stmt.target, this.root(stmt.args[0]));
        return;
      default:
    }
  }

  /** The memory a statement reads, if writing to that may change what it reads. */
  read(stmt: Stmt): Access | undefined {
    if (stmt.kind !== 'load' && stmt.kind !== 'length' && stmt.kind !== 'slice') return undefined;
    const root = this.root(stmt.object);
    if (root === 'param') return undefined;
    if (stmt.kind === 'length' && !growable(typeOfObject(stmt.object))) return undefined;
    const key = stmt.kind === 'load' ? stmt.key : undefined;
    return { object: stmt.object, root, key, length: stmt.kind === 'length' };
  }

  /** Whether `stmt` may change what `access` read. */
  clobbers(stmt: Stmt, access: Access): boolean {
    switch (stmt.kind) {
      case 'store':
        return !access.length && this.#mayBeSame(stmt.object, access) && keysMeet(stmt, access);
      case 'push':
      case 'pop':
      case 'resize':
        return this.#mayBeSame(stmt.object, access);
      case 'call':
        return stmt.effects;
      default:
        return false;
    }
  }

  #mayBeSame(object: Atom, access: Access): boolean {
    if (object === access.object) return true;
    const root = this.root(object);
    if (root === 'param') return false;
    const distinct = root !== 'unknown' && access.root !== 'unknown' && root !== access.root;
    return !distinct && sameKind(typeOfObject(object), typeOfObject(access.object));
  }
}

const typeOfObject = (object: Atom): Type =>
  object.kind === 'value' && object.type.kind === 'optional'
    ? object.type.of
    : object.kind === 'value'
      ? object.type
      : { kind: 'void' };

export const growable = (type: Type): boolean =>
  type.kind === 'array' && type.storage === 'list' && type.fixed === undefined;

function sameKind(a: Type, b: Type): boolean {
  if (a.kind === 'array' && b.kind === 'array') return a.storage === b.storage && a.elem.kind === b.elem.kind;
  return a.kind === b.kind;
}

function keysMeet(store: Extract<Stmt, { kind: 'store' }>, access: Access): boolean {
  const { key } = access;
  if (key === undefined) return true;
  if (key.kind === 'field' || store.key.kind === 'field') {
    return key.kind === 'field' && store.key.kind === 'field' && key.name === store.key.name;
  }
  return !(key.kind === 'const' && store.key.kind === 'const' && key.value !== store.key.value);
}
