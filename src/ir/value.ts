/** Values, and what passes look up by them. */

import type { Type } from './types.js';

let created = 0;

/** Identity is object identity; `name` is a hint for printing (the user's own name where there is one). */
export class Value {
  readonly kind = 'value';
  /** In the order of creation, which is nearly that of the statements. */
  readonly id: number = created++;
  /** Keeps copies from being taken for values: two of one id would be one to every table. */
  declare private readonly nominal: never;

  constructor(
    readonly type: Type,
    readonly name?: string,
  ) {}
}

const pageBits = 6;
const pageSize = 1 << pageBits;

/**
 * A table by the ids of values: pages of neighbours, the last one at hand. What is looked up together has been created
 * together, so that functions of a hundred thousand statements cost as much per statement as those of a hundred; a
 * `Map` of objects, hashed, does not do that.
 */
abstract class Paged<Page> {
  readonly #pages = new Map<number, Page>();
  #at = -1;
  #last: Page | undefined;

  protected abstract empty(): Page;

  protected page(value: Value): Page | undefined {
    const at = value.id >>> pageBits;
    if (at === this.#at) return this.#last;
    this.#at = at;
    return (this.#last = this.#pages.get(at));
  }

  protected made(value: Value): Page {
    const found = this.page(value);
    if (found !== undefined) return found;
    const page = this.empty();
    this.#pages.set(value.id >>> pageBits, page);
    return (this.#last = page);
  }
}

const slot = ({ id }: Value): number => id & (pageSize - 1);

const absent = Symbol('absent');

/** A `Map` by values that cannot be listed. */
export class ValueMap<T> extends Paged<(T | typeof absent)[]> {
  protected empty(): (T | typeof absent)[] {
    return new Array<T | typeof absent>(pageSize).fill(absent);
  }

  get(value: Value): T | undefined {
    const found = this.page(value)?.[slot(value)];
    return found === absent ? undefined : found;
  }

  has(value: Value): boolean {
    const page = this.page(value);
    return page !== undefined && page[slot(value)] !== absent;
  }

  set(value: Value, to: T): this {
    this.made(value)[slot(value)] = to;
    return this;
  }

  delete(value: Value): void {
    const page = this.page(value);
    if (page !== undefined) page[slot(value)] = absent;
  }
}

/** A `Set` of values that cannot be listed. */
export class ValueSet extends Paged<Uint8Array> {
  constructor(values: Iterable<Value> = []) {
    super();
    for (const value of values) this.add(value);
  }

  protected empty(): Uint8Array {
    return new Uint8Array(pageSize);
  }

  has(value: Value): boolean {
    return this.page(value)?.[slot(value)] === 1;
  }

  add(value: Value): this {
    this.made(value)[slot(value)] = 1;
    return this;
  }

  delete(value: Value): void {
    const page = this.page(value);
    if (page !== undefined) page[slot(value)] = 0;
  }
}

/** What a `Map` by values and a `ValueMap` have in common. */
export interface ValueLookup<T> {
  get(value: Value): T | undefined;
  has(value: Value): boolean;
}

export interface ValueTable<T> extends ValueLookup<T> {
  set(value: Value, to: T): unknown;
}

/** What a `Set` of values and a `ValueSet` have in common. */
export interface ValueMembers {
  has(value: Value): boolean;
}
