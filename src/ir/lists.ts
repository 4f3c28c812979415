/** Lists by a key. */

interface Lists<K, T> {
  get(key: K): T[] | undefined;
  set(key: K, list: T[]): unknown;
}

/** Appends to the list of `key`, which is made if there is none. */
export function append<K, T>(lists: Lists<K, T>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
