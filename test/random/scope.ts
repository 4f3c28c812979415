/** What is in scope at a place of a random program. */

/**
 * `rows` is number[][], `items` an array of `Item` records, `state` a record with an array in it, `mode` a union of two
 * strings, `fn` a closure number → number, `act` one number → void.
 */
export type Kind =
  'num' | 'int' | 'bool' | 'mode' | 'f64' | 'list' | 'pair' | 'item' | 'rows' | 'items' | 'state' | 'fn' | 'act';

/** How long an array is: `'n'` for those as long as the array parameters (at least 2), a number, or `'some'`: maybe empty. */
export type Size = 'n' | 'some' | number;

export interface Variable {
  readonly name: string;
  readonly kind: Kind;
  /** Scalars: declared by `let`. Objects: not a parameter. */
  readonly mutable: boolean;
  /** Of arrays: the length. Of whole numbers: they are ≥ 0 and below it. */
  readonly size?: Size;
  /** Of whole numbers: the least value. */
  readonly from?: number;
  /** Of lists: may be pushed to. */
  readonly grows?: boolean;
}

export class Scope {
  readonly variables: readonly Variable[];
  /** Statements that may leave: inside of a loop, inside of the function itself. */
  readonly inLoop: boolean;
  readonly loopDepth: number;
  readonly label: string | undefined;

  constructor(
    variables: readonly Variable[],
    at: { inLoop?: boolean; loopDepth?: number; label?: string | undefined } = {},
  ) {
    this.variables = variables;
    this.inLoop = at.inLoop ?? false;
    this.loopDepth = at.loopDepth ?? 0;
    this.label = at.label;
  }

  with(...more: readonly Variable[]): Scope {
    return new Scope([...this.variables, ...more], this);
  }

  loop(label?: string): Scope {
    return new Scope(this.variables, { inLoop: true, loopDepth: this.loopDepth + 1, label: label ?? this.label });
  }

  /** Inside of a function expression: its loops are none of ours. */
  closure(): Scope {
    return new Scope(this.variables, { loopDepth: this.loopDepth });
  }

  /** Without what must not be touched while it is iterated over. */
  frozen(name: string): Scope {
    return new Scope(
      this.variables.map((v) => (v.name === name && v.grows === true ? { ...v, grows: false } : v)),
      this,
    );
  }

  of(...kinds: readonly Kind[]): readonly Variable[] {
    return this.variables.filter((v) => kinds.includes(v.kind));
  }

  mutable(...kinds: readonly Kind[]): readonly Variable[] {
    return this.of(...kinds).filter((v) => v.mutable);
  }
}

/** Whether every index below `index` is within an array of size `array`. */
export function within(index: Size | undefined, array: Size | undefined): boolean {
  if (index === undefined || array === undefined || array === 'some' || index === 'some') return false;
  if (index === 'n') return array === 'n';
  return array === 'n' ? index <= 2 : index <= array;
}
