/**
 * Contents of objects that are known at a point of a walk in program order: `object[key]` is `atom`. What may have
 * been overwritten is forgotten; what was learned in a block is forgotten when the walk leaves it.
 */

import { field } from '../ir/build.js';
import type { Atom, Key, Value } from '../ir/types.js';
import { keyText, type Effects, type Memory, type Write } from './memory.js';

interface Fact {
  readonly key: Key;
  readonly atom: Atom;
}

/** What is known of one object. Keys known at compile time are told apart by name, others by the value that they are. */
class Facts {
  readonly named = new Map<string, Fact>();
  readonly computed = new Map<Value, Fact>();
}

/** A key that no program has, for the length of an array. */
const lengthKey: Key = field('length of the array');

export class Available {
  /** Groups of references that may name one object. */
  private readonly groups = new Map<unknown, Map<Atom, Facts>>();
  private readonly undo: (() => void)[] = [];

  constructor(private readonly memory: Memory) {}

  get(object: Atom, key: Key): Atom | undefined {
    const facts = this.groups.get(this.memory.group(object))?.get(object);
    const text = keyText(key);
    if (text !== undefined) return facts?.named.get(text)?.atom;
    return key.kind === 'value' ? facts?.computed.get(key)?.atom : undefined;
  }

  set(object: Atom, key: Key, atom: Atom): void {
    const group = this.groups.get(this.memory.group(object)) ?? new Map<Atom, Facts>();
    this.groups.set(this.memory.group(object), group);
    const facts = group.get(object) ?? new Facts();
    group.set(object, facts);
    const text = keyText(key);
    if (text !== undefined) this.put(facts.named, text, { key, atom });
    else if (key.kind === 'value') this.put(facts.computed, key, { key, atom });
  }

  length(object: Atom): Atom | undefined {
    return this.get(object, lengthKey);
  }

  setLength(object: Atom, atom: Atom): void {
    this.set(object, lengthKey, atom);
  }

  /** Everything that happens in `scope` is undone after it: what is learned there is not known outside. */
  within<T>(scope: () => T): T {
    const mark = this.undo.length;
    const result = scope();
    while (this.undo.length > mark) this.undo.pop()?.();
    return result;
  }

  /** Forgets what these effects may have changed. `atom` gives what stands for the values that they speak of. */
  change({ writes, unknown }: Effects, atom: (atom: Atom) => Atom = (a) => a): void {
    if (unknown) this.forgetAll();
    for (const write of writes) {
      const key = write.key === undefined || write.key.kind === 'field' ? write.key : atom(write.key);
      const object = atom(write.object);
      this.written(key === undefined ? { object, resized: write.resized } : { object, key, resized: write.resized });
    }
  }

  private forgetAll(): void {
    for (const group of this.groups.values()) for (const facts of group.values()) this.clear(facts, true);
  }

  private written({ object, key, resized }: Write): void {
    const group = this.groups.get(this.memory.group(object));
    if (group === undefined) return;
    for (const [other, facts] of group) {
      if (facts.named.size + facts.computed.size === 0 || !this.memory.mayAlias(object, other)) continue;
      if (resized) this.drop(facts.named, keyText(lengthKey) ?? '');
      if (key === undefined) this.clear(facts, resized);
      else this.overwritten(object, key, other, facts);
    }
  }

  private overwritten(object: Atom, key: Key, other: Atom, facts: Facts): void {
    const text = keyText(key);
    const hit = (fact: Fact) => fact.key !== lengthKey && !this.memory.apart(object, key, other, fact.key);
    if (text !== undefined && object === other) {
      // The usual case, and there may be many: other known keys are other places.
      this.drop(facts.named, text);
    } else {
      for (const [name, fact] of facts.named) if (hit(fact)) this.drop(facts.named, name);
    }
    for (const [value, fact] of facts.computed) if (hit(fact)) this.drop(facts.computed, value);
  }

  private clear(facts: Facts, resized: boolean): void {
    for (const [name, fact] of facts.named) if (resized || fact.key !== lengthKey) this.drop(facts.named, name);
    for (const value of facts.computed.keys()) this.drop(facts.computed, value);
  }

  private put<K>(map: Map<K, Fact>, key: K, fact: Fact): void {
    const before = map.get(key);
    map.set(key, fact);
    this.undo.push(() => (before === undefined ? map.delete(key) : map.set(key, before)));
  }

  private drop<K>(map: Map<K, Fact>, key: K): void {
    const before = map.get(key);
    if (before === undefined) return;
    map.delete(key);
    this.undo.push(() => map.set(key, before));
  }
}
