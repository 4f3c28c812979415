/**
 * Save or recompute, for values of loop bodies and arms that a reverse sweep needs, decided by a minimum cut.
 *
 * Each value v has a price for saving it (a store, a load and the room for it, times how often its block runs) and
 * one for computing it again from its operands, which must then be at hand themselves. With a node "v is at hand in
 * the reverse sweep" and a node "v is recomputed", the cheapest consistent choice is a minimum cut between the
 * needed values and the sink:
 *
 *     source ─∞─▶ at hand(v) ─save(v)─▶ recomputed(v) ─again(v)─▶ sink
 *                                       recomputed(v) ─∞─▶ at hand(u)   for each operand u
 *
 * An edge at hand → recomputed in the cut: v is saved. An edge recomputed → sink in the cut: v is computed again.
 */

export interface Candidate<V> {
  readonly save: number;
  /** Cost and operands of computing the value again; absent if that is impossible. */
  readonly again: { readonly cost: number; readonly operands: readonly V[] } | undefined;
}

/** The values to save; what is needed and not saved can be recomputed from what is saved or always at hand. */
export function chooseSaved<V>(needed: Iterable<V>, candidate: (value: V) => Candidate<V> | undefined): Set<V> {
  const network = new Network();
  const nodes = new Map<V, { atHand: number; recomputed: number }>();
  const source = network.node();
  const sink = network.node();

  const pending: V[] = [];
  const nodeOf = (value: V) => {
    let node = nodes.get(value);
    if (node === undefined) {
      node = { atHand: network.node(), recomputed: network.node() };
      nodes.set(value, node);
      pending.push(value);
    }
    return node;
  };
  for (const value of needed) {
    if (candidate(value)) network.edge(source, nodeOf(value).atHand, Infinity);
  }
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const { atHand, recomputed } = nodeOf(value);
    const choice = candidate(value);
    if (!choice) throw new Error('only values with a price enter the network');
    network.edge(atHand, recomputed, choice.save);
    network.edge(recomputed, sink, choice.again ? choice.again.cost : Infinity);
    for (const operand of choice.again?.operands ?? []) {
      if (candidate(operand)) network.edge(recomputed, nodeOf(operand).atHand, Infinity);
    }
  }

  const reached = network.cut(source, sink);
  const saved = new Set<V>();
  for (const [value, { atHand, recomputed }] of nodes) {
    if (reached.has(atHand) && !reached.has(recomputed)) saved.add(value);
  }
  return saved;
}

/** Maximum flow by Dinic's algorithm, with explicit stacks: networks are as deep as programs are long. */
class Network {
  private readonly first: number[] = [];
  private readonly next: number[] = [];
  private readonly to: number[] = [];
  private readonly room: number[] = [];

  node(): number {
    this.first.push(-1);
    return this.first.length - 1;
  }

  edge(from: number, to: number, capacity: number): void {
    this.half(from, to, capacity);
    this.half(to, from, 0);
  }

  private half(from: number, to: number, capacity: number): void {
    this.to.push(to);
    this.room.push(capacity);
    this.next.push(this.first[from] ?? -1);
    this.first[from] = this.to.length - 1;
  }

  /** The nodes on the source's side of a minimum cut. */
  cut(source: number, sink: number): Set<number> {
    for (;;) {
      const level = this.levels(source);
      if (level[sink] === -1) return new Set(level.flatMap((at, node) => (at === -1 ? [] : [node])));
      this.saturate(source, sink, level);
    }
  }

  private levels(source: number): number[] {
    const level = this.first.map(() => -1);
    level[source] = 0;
    const queue = [source];
    for (const node of queue) {
      for (let e = this.first[node] ?? -1; e !== -1; e = this.next[e] ?? -1) {
        const to = this.to[e] ?? 0;
        if ((this.room[e] ?? 0) > 0 && level[to] === -1) {
          level[to] = (level[node] ?? 0) + 1;
          queue.push(to);
        }
      }
    }
    return level;
  }

  private saturate(source: number, sink: number, level: readonly number[]): void {
    const at = [...this.first];
    const path: number[] = [];
    let node = source;
    for (;;) {
      if (node === sink) {
        const flow = Math.min(...path.map((e) => this.room[e] ?? 0));
        path.forEach((e) => {
          this.room[e] = (this.room[e] ?? 0) - flow;
          this.room[e ^ 1] = (this.room[e ^ 1] ?? 0) + flow;
        });
        const restart = path.findIndex((e) => this.room[e] === 0);
        if (restart === -1) throw new Error('a needed value can neither be saved nor recomputed');
        node = this.to[(path[restart] ?? 0) ^ 1] ?? source;
        path.length = restart;
        continue;
      }
      let e = at[node] ?? -1;
      while (e !== -1 && !((this.room[e] ?? 0) > 0 && level[this.to[e] ?? 0] === (level[node] ?? 0) + 1)) {
        e = this.next[e] ?? -1;
      }
      at[node] = e;
      if (e !== -1) {
        path.push(e);
        node = this.to[e] ?? sink;
      } else {
        const back = path.pop();
        if (back === undefined) return;
        node = this.to[back ^ 1] ?? source;
        at[node] = this.next[at[node] ?? 0] ?? -1;
      }
    }
  }
}
