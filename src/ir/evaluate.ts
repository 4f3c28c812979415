/**
 * Runs a function of the IR: its reference semantics. JavaScript values in and out: records are plain objects, tuples
 * and lists are arrays. `derive` must have been expanded. Tests compare everything else against this.
 */

import type { Atom, Block, Cell, Compare, Fn, Key, Op, Stmt, Storage, Value } from './types.js';
import { unreachable } from './visit.js';

export interface EvaluateOptions {
  /** Statements to execute before giving up with an error; unlimited if absent. */
  readonly steps?: number;
}

export function evaluate(fn: Fn, args: readonly unknown[], options: EvaluateOptions = {}): unknown {
  const helpers = new Map(fn.helpers?.map((helper) => [helper.name, helper]));
  return new Machine({ left: options.steps ?? Infinity }, helpers).call(fn, args);
}

/** Arrays, typed arrays and records alike: what `object[key]` can be said of. */
type Indexable = Record<string | number, unknown>;

class Machine {
  readonly #values = new Map<Value, unknown>();
  readonly #cells = new Map<Cell, unknown>();

  constructor(
    private readonly steps: { left: number },
    private readonly helpers: ReadonlyMap<string, Fn>,
  ) {}

  call(fn: Fn, args: readonly unknown[]): unknown {
    fn.params.forEach((param, k) => this.define(param.value, args[k]));
    return this.run(fn.body)[0];
  }

  define(target: Value, v: unknown): void {
    this.#values.set(target, v);
  }

  run(block: Block): unknown[] {
    for (const stmt of block.stmts) {
      this.#spend();
      this.#step(stmt);
    }
    return block.yields.map((atom) => this.#get(atom));
  }

  #step(stmt: Stmt): void {
    switch (stmt.kind) {
      case 'let':
        return this.define(
          stmt.target,
          applyOp(
            stmt.op,
            stmt.args.map((a) => this.#get(a)),
          ),
        );
      case 'load': {
        const found = this.#object(stmt.object)[this.#key(stmt.key)];
        // Booleans are kept as 0 and 1 in a typed array.
        const isBool = stmt.target.type.kind === 'bool' && typeof found === 'number';
        return this.define(stmt.target, isBool ? found !== 0 : found);
      }
      case 'store': {
        const object = this.#object(stmt.object);
        const key = this.#key(stmt.key);
        const stored = this.#get(stmt.value);
        // Only numbers are added to: the checker sees to it.
        object[key] = stmt.add ? (object[key] as number) + (stored as number) : stored;
        return;
      }
      case 'length':
        return this.define(stmt.target, this.#array(stmt.object).length);
      case 'alloc':
        return this.define(
          stmt.target,
          allocate(stmt.target, this.#number(stmt.length), stmt.fill && this.#get(stmt.fill)),
        );
      case 'make':
        return this.define(
          stmt.target,
          make(
            stmt.target,
            stmt.parts.map((a) => this.#get(a)),
          ),
        );
      case 'slice':
        return this.define(stmt.target, this.#array(stmt.object).slice(this.#number(stmt.from), this.#number(stmt.to)));
      case 'view': {
        const object = this.#get(stmt.object) as Float64Array; // any typed array: they share `subarray`
        return this.define(stmt.target, object.subarray(this.#number(stmt.from), this.#number(stmt.to)));
      }
      case 'push':
        this.#array(stmt.object).push(this.#get(stmt.value));
        return;
      case 'pop':
        return this.define(stmt.target, this.#array(stmt.object).pop());
      case 'resize':
        this.#array(stmt.object).length = this.#number(stmt.length);
        return;
      case 'if': {
        const yields = this.run(this.#get(stmt.cond) === true ? stmt.then : stmt.else);
        return this.#defineAll(stmt.results, yields);
      }
      case 'for':
        return this.#for(stmt);
      case 'loop':
        return this.#loop(stmt);
      case 'throw':
        throw makeError(stmt.error, stmt.message.map((a) => String(this.#get(a))).join(''));
      case 'call': {
        const callee = this.helpers.get(stmt.callee);
        if (callee === undefined) throw new Error(`evaluate: no function ${stmt.callee}`);
        const args = stmt.args.map((atom) => this.#get(atom));
        const result = new Machine(this.steps, this.helpers).call(callee, args);
        if (stmt.target !== undefined) this.define(stmt.target, result);
        return;
      }
      case 'derive':
        throw new Error(`evaluate: derive ${stmt.mode} ${stmt.callee.name} has not been expanded`);
      case 'linear':
        throw new Error(`evaluate: ${stmt.op} has not been expanded`);
      case 'cell':
        this.#cells.set(stmt.cell, stmt.init && this.#get(stmt.init));
        return;
      case 'read':
        if (!this.#cells.has(stmt.cell))
          throw new Error(`evaluate: cell ${stmt.cell.name} is read before it is declared`);
        return this.define(stmt.target, this.#cells.get(stmt.cell));
      case 'write':
        if (!this.#cells.has(stmt.cell))
          throw new Error(`evaluate: cell ${stmt.cell.name} is written before it is declared`);
        this.#cells.set(stmt.cell, this.#get(stmt.value));
        return;
      default:
        return unreachable(stmt);
    }
  }

  #for(stmt: Extract<Stmt, { kind: 'for' }>): void {
    const to = this.#number(stmt.to);
    let carried = stmt.carried.map(({ init }) => this.#get(init));
    for (let i = this.#number(stmt.from); compares(stmt.compare, i, to); i += stmt.step) {
      this.#spend();
      this.define(stmt.index, i);
      this.#defineAll(
        stmt.carried.map(({ param }) => param),
        carried,
      );
      carried = this.run(stmt.body);
    }
    this.#defineAll(stmt.results, carried);
  }

  #loop(stmt: Extract<Stmt, { kind: 'loop' }>): void {
    let carried = stmt.carried.map(({ init }) => this.#get(init));
    let again: unknown = true;
    while (again === true) {
      this.#spend();
      this.#defineAll(
        stmt.carried.map(({ param }) => param),
        carried,
      );
      [again, ...carried] = this.run(stmt.body);
    }
    this.#defineAll(stmt.results, carried);
  }

  /** An iteration counts as a step too, so that an endless empty loop ends. */
  #spend(): void {
    this.steps.left -= 1;
    if (this.steps.left < 0) throw new Error('evaluate: out of steps');
  }

  #defineAll(targets: readonly Value[], values: readonly unknown[]): void {
    targets.forEach((target, k) => this.define(target, values[k]));
  }

  #get(atom: Atom): unknown {
    if (atom.kind === 'const') return atom.value;
    if (!this.#values.has(atom))
      throw new Error(`evaluate: value ${atom.name ?? '(unnamed)'} is used before it is defined`);
    return this.#values.get(atom);
  }

  // The casts below rely on ir/check.ts: operands have the types that the statement asks for.

  #number(atom: Atom): number {
    return this.#get(atom) as number;
  }

  #object(atom: Atom): Indexable {
    return this.#get(atom) as Indexable;
  }

  #array(atom: Atom): unknown[] {
    return this.#get(atom) as unknown[];
  }

  #key(key: Key): string | number {
    return key.kind === 'field' ? key.name : (this.#get(key) as string | number);
  }
}

function compares(compare: Compare, a: number, b: number): boolean {
  switch (compare) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      return unreachable(compare);
  }
}

const typedArrays = { f64: Float64Array, f32: Float32Array, u8: Uint8Array, i32: Int32Array } satisfies Record<
  Exclude<Storage, 'list'>,
  unknown
>;

function allocate(target: Value, length: number, fill: unknown): unknown {
  if (target.type.kind !== 'array') throw new Error('evaluate: alloc of something that is not an array');
  const { storage } = target.type;
  // Elements of a list without fill are unspecified: `undefined` makes a read of one show up as NaN.
  if (storage === 'list') return new Array<unknown>(length).fill(fill);
  const array = new typedArrays[storage](length);
  return fill === undefined ? array : array.fill(fill as number); // typed arrays hold numbers only
}

function make({ type }: Value, parts: readonly unknown[]): unknown {
  if (type.kind === 'array') {
    // Typed arrays hold numbers only.
    return type.storage === 'list' ? [...parts] : typedArrays[type.storage].from(parts as number[]);
  }
  if (type.kind !== 'record') throw new Error(`evaluate: make of ${type.kind}`);
  if (type.tuple === true) return [...parts];
  return Object.fromEntries(type.fields.map((f, k) => [f.name, parts[k]]));
}

const errors: Readonly<Record<string, new (message: string) => Error>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function makeError(name: string, message: string): Error {
  return new (errors[name] ?? Error)(message);
}

/** The value of `op(args)`; `undefined` in place of a number behaves as JavaScript has it. */
export function applyOp(op: Op, args: readonly unknown[]): unknown {
  // The checker guarantees numbers where the arithmetic below wants them, or `undefined` from a load out of bounds.
  const [a, b] = args as [number, number];
  switch (op) {
    case 'neg':
      return -a;
    case 'abs':
    case 'acos':
    case 'acosh':
    case 'asin':
    case 'asinh':
    case 'atan':
    case 'atanh':
    case 'cbrt':
    case 'ceil':
    case 'cos':
    case 'cosh':
    case 'exp':
    case 'expm1':
    case 'floor':
    case 'fround':
    case 'log':
    case 'log10':
    case 'log1p':
    case 'log2':
    case 'round':
    case 'sign':
    case 'sin':
    case 'sinh':
    case 'sqrt':
    case 'tan':
    case 'tanh':
    case 'trunc':
    case 'clz32':
      return Math[op](a);
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return a / b;
    case 'rem':
      return a % b;
    case 'pow':
      return a ** b;
    case 'atan2':
    case 'imul':
      return Math[op](a, b);
    case 'max':
    case 'min':
    case 'hypot':
      return Math[op](...(args as number[]));
    case 'bitand':
      return a & b;
    case 'bitor':
      return a | b;
    case 'bitxor':
      return a ^ b;
    case 'bitnot':
      return ~a;
    case 'shl':
      return a << b;
    case 'shr':
      return a >> b;
    case 'ushr':
      return a >>> b;
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
    case 'eq':
    case 'same':
      return args[0] === args[1];
    case 'ne':
      return args[0] !== args[1];
    case 'and':
      return args[0] === true && args[1] === true;
    case 'or':
      return args[0] === true || args[1] === true;
    case 'not':
      return args[0] !== true;
    case 'isNaN':
    case 'isFinite':
    case 'isInteger':
      return Number[op](a);
    case 'defined':
      return args[0] !== undefined && args[0] !== null;
    case 'select':
      return args[0] === true ? args[1] : args[2];
    case 'num':
      return args[0] === true ? 1 : 0;
    case 'unwrap':
    case 'held':
      return args[0];
    case 'text':
      return args.map(String).join('');
    default:
      return unreachable(op);
  }
}
