/**
 * What is known of a function, found once however many passes ask: functions are never changed, only replaced, so what
 * was found stays true.
 */

import { insideReads, maybeUndefined } from '../ir/maybe-undefined.js';
import { statements } from '../ir/visit.js';
import type { Fn, Stmt } from '../ir/types.js';
import { Memory } from './memory.js';
import type { Pass } from './pass.js';
import { findUses, type Uses } from './uses.js';
import { wholeNumbers, type WholeNumbers } from './whole.js';
import type { ValueMembers } from '../ir/value.js';

export class Known {
  /** Passes that have found nothing to do. */
  readonly settled = new Set<Pass>();
  #kinds: ReadonlySet<Stmt['kind']> | undefined;
  #memory: Memory | undefined;
  #uses: Uses | undefined;
  #doubtful: ValueMembers | undefined;
  #missing: ValueMembers | undefined;
  #whole: WholeNumbers | undefined;

  constructor(private readonly fn: Fn) {}

  /** The kinds of statement that occur. */
  get kinds(): ReadonlySet<Stmt['kind']> {
    return (this.#kinds ??= new Set(statements(this.fn.body).map(({ kind }) => kind)));
  }

  get memory(): Memory {
    return (this.#memory ??= new Memory(this.fn, this.whole));
  }

  get uses(): Uses {
    return (this.#uses ??= findUses(this.fn));
  }

  /** What arithmetic may find to be `undefined`. */
  get doubtful(): ValueMembers {
    return (this.#doubtful ??= maybeUndefined(this.fn));
  }

  /** What may be missing where a program asks. */
  get missing(): ValueMembers {
    return (this.#missing ??= maybeUndefined(this.fn, insideReads(this.fn)));
  }

  get whole(): WholeNumbers {
    return (this.#whole ??= wholeNumbers(this.fn));
  }
}

/** What is known of all the functions of one compilation. */
export class Knowledge {
  private readonly by = new WeakMap<Fn, Known>();

  of(fn: Fn): Known {
    let known = this.by.get(fn);
    if (known === undefined) this.by.set(fn, (known = new Known(fn)));
    return known;
  }
}
