/**
 * The grammar of adgen's intermediate representation, on one page.
 *
 * A function is a tree of blocks. Scalars and references are in static single
 * assignment form: every `Value` is defined by exactly one statement (or is a
 * parameter), and a block may use what is defined before it in itself or in a
 * block around it. Arrays and records are *objects*: a value of such a type is
 * a reference, as in JavaScript, and `load`/`store` read and write the object.
 * There are no jumps; a block ends by yielding values to the statement around it.
 *
 *     fn f(x: num, ys: num[]) -> num
 *       n = length ys
 *       s = for i = 0; i < n; i += 1 carry t = 0
 *         y = load ys[i]
 *         a = mul x y
 *         b = add t a
 *         yield b
 *       yield s
 *
 * What may be met where: `cell`, `read` and `write` only before the pass `ssa`;
 * `derive` and `linear` only before `ad/expand`; everything else anywhere.
 */

import type { Value } from './value.js';

// ---------------------------------------------------------------- types

export type Type = NumType | BoolType | StrType | ArrayType | RecordType | OptionalType | VoidType;

/** A JavaScript number. Whether it is active is found by analysis, not by type. */
export interface NumType {
  readonly kind: 'num';
}
export interface BoolType {
  readonly kind: 'bool';
}
/** Strings are passive: discriminants, `switch` labels, messages. */
export interface StrType {
  readonly kind: 'str';
  /** The strings that it can be, where the source says so. */
  readonly among?: readonly string[];
}
export interface VoidType {
  readonly kind: 'void';
}

/**
 * `list` is a JavaScript array; the others are the typed array of that element
 * type. `u8` and `i32` never hold active values.
 */
export type Storage = 'list' | 'f64' | 'f32' | 'u8' | 'i32';

export interface ArrayType {
  readonly kind: 'array';
  readonly elem: Type;
  readonly storage: Storage;
  /** Set for homogeneous tuples (`[number, number]`): the length never changes. */
  readonly fixed?: number;
  /** Labels of tuple members, for names in the output. */
  readonly labels?: readonly string[];
  /** The user's `readonly`: only for printing, of what is not written to. */
  readonly readonly?: true;
  /** The keys of a `Map` or `Set`: an active number may not be put in. */
  readonly keys?: true;
  readonly source?: TypeSource;
}

export interface RecordType {
  readonly kind: 'record';
  readonly fields: readonly Field[];
  /** A heterogeneous tuple: fields are named '0', '1', … and it prints as `[a, b]`. */
  readonly tuple?: true;
  /** Of a tuple: elements may be left out, which makes it shorter. */
  readonly short?: true;
  /** Of a tuple: as of an array. */
  readonly readonly?: true;
  /** A `Map`, with lists `keys` and `values`, or a `Set`, with a list `keys`; only inside of functions. */
  readonly collection?: 'Map' | 'Set';
  /**
   * An instance of one of several classes: a field for each of them, of which one is there; only inside of functions.
   * Outside it is what all of them have.
   */
  readonly family?: RecordType;
  /** What a function captures that is kept as data: closures of one number have the same code; only inside of functions. */
  readonly closure?: number;
  readonly source?: TypeSource;
}

export interface Field {
  readonly name: string;
  readonly type: Type;
}

/** `T | undefined`. */
export interface OptionalType {
  readonly kind: 'optional';
  readonly of: Type;
  /** Of parameters: `null`, too, says that it is not there. */
  readonly nullable?: true;
}

/**
 * How the user's file spells a type, if it has a name there. Types are equal
 * by structure; this is only for printing signatures.
 */
export interface TypeSource {
  readonly name: string;
  /** Absolute path of the module that exports it; absent if it is not exported. */
  readonly file?: string;
  /** Parts of it are `readonly`, or methods, so that results, records that can be overwritten, have another type. */
  readonly readonly?: true;
}

// ---------------------------------------------------------------- atoms

export type Atom = Value | Const;

export type { Value } from './value.js';

export interface Const {
  readonly kind: 'const';
  readonly value: number | boolean | string | undefined;
}

// ---------------------------------------------------------------- operations

/** Differentiable operations of one operand: `neg` and the members of `Math` of these names. */
export type UnaryOp =
  | 'neg'
  | 'abs'
  | 'acos'
  | 'acosh'
  | 'asin'
  | 'asinh'
  | 'atan'
  | 'atanh'
  | 'cbrt'
  | 'ceil'
  | 'cos'
  | 'cosh'
  | 'exp'
  | 'expm1'
  | 'floor'
  | 'fround'
  | 'log'
  | 'log10'
  | 'log1p'
  | 'log2'
  | 'round'
  | 'sign'
  | 'sin'
  | 'sinh'
  | 'sqrt'
  | 'tan'
  | 'tanh'
  | 'trunc';

export type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'rem' | 'pow' | 'atan2';

/** `max`, `min` and `hypot` take any number of operands. */
export type VariadicOp = 'max' | 'min' | 'hypot';

/** Operations on passive integers; their result is passive. */
export type IntegerOp = 'bitand' | 'bitor' | 'bitxor' | 'bitnot' | 'shl' | 'shr' | 'ushr' | 'imul' | 'clz32';

/** Results are booleans. `eq`/`ne` are `===`/`!==` on numbers, booleans, strings; `same` on references. `and`/`or` evaluate both operands. */
export type BooleanOp =
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'eq'
  | 'ne'
  | 'same'
  | 'and'
  | 'or'
  | 'not'
  | 'isNaN'
  | 'isFinite'
  | 'isInteger'
  /** `v !== undefined` for an optional operand. */
  | 'defined';

/**
 * `select(c, a, b)`: `c ? a : b` with both evaluated. `num(b)`: 1 or 0. `unwrap(v)`: an optional value known to be
 * defined. `text(a, b, …)`: string concatenation of passive values. `held(x)`: the number x, which derivatives take to be
 * a constant (`stopGradient`).
 */
export type OtherOp = 'select' | 'num' | 'unwrap' | 'text' | 'held';

export type Op = UnaryOp | BinaryOp | VariadicOp | IntegerOp | BooleanOp | OtherOp;

// ---------------------------------------------------------------- statements

/** Where a statement comes from in the user's source: 1-based line and column. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Base {
  readonly origin: Origin | undefined;
}

export type Stmt =
  | Let
  | Load
  | Store
  | Length
  | Alloc
  | Make
  | Slice
  | View
  | Push
  | Pop
  | Resize
  | If
  | For
  | Loop
  | Throw
  | Call
  | Derive
  | Linear
  | CellStmt
  | Read
  | Write;

/** `target = op(args)`. Pure: removing it is safe once nobody reads `target`. */
export interface Let extends Base {
  readonly kind: 'let';
  readonly target: Value;
  readonly op: Op;
  readonly args: readonly Atom[];
}

/** What an access names: an index atom for arrays, a field's name for records. */
export type Key = Atom | FieldKey;
export interface FieldKey {
  readonly kind: 'field';
  readonly name: string;
}

/** `target = object[key]`. Outside the array's bounds the result is `undefined`, which is NaN in arithmetic. */
export interface Load extends Base {
  readonly kind: 'load';
  readonly target: Value;
  readonly object: Atom;
  readonly key: Key;
  /** Runs only where the element is there. */
  readonly inside?: true;
}

/** `object[key] = value`, or `object[key] += value` if `add`. Storage `f32` rounds. */
export interface Store extends Base {
  readonly kind: 'store';
  readonly object: Atom;
  readonly key: Key;
  readonly value: Atom;
  readonly add: boolean;
}

/** `target = object.length`. */
export interface Length extends Base {
  readonly kind: 'length';
  readonly target: Value;
  readonly object: Atom;
}

/**
 * A new array of `length` elements, each `fill` (0, false or a reference shared by all). Without `fill` the
 * elements are unspecified: every one is stored before it is read.
 */
export interface Alloc extends Base {
  readonly kind: 'alloc';
  readonly target: Value; // of ArrayType
  readonly length: Atom;
  readonly fill: Atom | undefined;
}

/** A new array or record from its parts, in the order of elements or fields: `[a, b]`, `{ p: a, q: b }`. */
export interface Make extends Base {
  readonly kind: 'make';
  readonly target: Value; // of ArrayType or RecordType
  readonly parts: readonly Atom[];
}

/** A new array of the same storage holding object[from … to-1] (shallow); 0 <= from <= to <= length. */
export interface Slice extends Base {
  readonly kind: 'slice';
  readonly target: Value;
  readonly object: Atom;
  readonly from: Atom;
  readonly to: Atom;
  /** `to` is the length of the object, by whatever name. */
  readonly whole?: true;
}

/** A typed array that shares memory with object[from … to-1] (`subarray`); 0 <= from <= to <= length. */
export interface View extends Base {
  readonly kind: 'view';
  readonly target: Value;
  readonly object: Atom;
  readonly from: Atom;
  readonly to: Atom;
}

/** `object.push(value)`, lists only. */
export interface Push extends Base {
  readonly kind: 'push';
  readonly object: Atom;
  readonly value: Atom;
}

/** `target = object.pop()`, lists only; the list is not empty. */
export interface Pop extends Base {
  readonly kind: 'pop';
  readonly target: Value;
  readonly object: Atom;
  /** Runs only where there is an element. */
  readonly inside?: true;
}

/** `object.length = length`, lists only; never lengthens. */
export interface Resize extends Base {
  readonly kind: 'resize';
  readonly object: Atom;
  readonly length: Atom;
}

export interface If extends Base {
  readonly kind: 'if';
  readonly cond: Atom;
  /** Each arm yields one atom per result. */
  readonly then: Block;
  readonly else: Block;
  readonly results: readonly Value[];
}

/** A value carried from iteration to iteration: `param` is `init` in the first and what the body yielded in the next. */
export interface Carried {
  readonly param: Value;
  readonly init: Atom;
}

export type Compare = '<' | '<=' | '>' | '>=';

/**
 * `for (index = from; index <compare> to; index += step)`. `from` is a whole number, `step` a whole number ≠ 0
 * whose sign fits `compare`; `to` does not change while the loop runs, and may be any number.
 * The body yields the next value of every carried; `results` are their last values.
 */
export interface For extends Base {
  readonly kind: 'for';
  readonly index: Value;
  readonly from: Atom;
  readonly to: Atom;
  readonly compare: Compare;
  readonly step: number;
  readonly carried: readonly Carried[];
  readonly body: Block;
  readonly results: readonly Value[];
}

/**
 * A loop whose trip count is known only when it ends. The body runs at least once and yields first a boolean,
 * whether to run again, then the next value of every carried. `while (c) { B }` is a loop over `if (c) { B }`.
 */
export interface Loop extends Base {
  readonly kind: 'loop';
  readonly carried: readonly Carried[];
  readonly body: Block;
  readonly results: readonly Value[];
}

/** `throw new error(message)`. The statements and yields after it in its block are never reached. */
export interface Throw extends Base {
  readonly kind: 'throw';
  /** Name of a built-in error class: `Error`, `RangeError`, … */
  readonly error: string;
  /** Text and values in turn. */
  readonly message: readonly Atom[];
}

/**
 * `target = callee(args)`: a call of one of the outermost function's `helpers`, which may return nothing. Only what is
 * recursive is called; all other calls are inlined.
 */
export interface Call extends Base {
  readonly kind: 'call';
  readonly callee: string;
  readonly args: readonly Atom[];
  readonly target: Value | undefined;
  /** It may change objects that were there before, or throw. Without, it is pure; it may read what its arguments lead to. */
  readonly effects: boolean;
}

export type Mode = 'forward' | 'jvp' | 'vjp' | 'grad';

/**
 * A call of a derived function: an operator such as `vjp(h)(x, theta, cotangent)` in the source. `ad/expand`
 * differentiates `callee` and puts the derived body in place of this statement.
 * `wrt[k]` says whether parameter k of the callee is active.
 * Arguments: those of `callee`, then, for `jvp`, a tangent per active parameter, for `vjp`, the cotangent.
 * Results: `value` (of callee's result type), then for `jvp` the tangent, for `vjp` and `grad` a cotangent per
 * active parameter. Results that nobody reads cost nothing.
 */
export interface Derive extends Base {
  readonly kind: 'derive';
  readonly mode: Mode;
  readonly callee: Fn;
  readonly wrt: readonly boolean[];
  readonly args: readonly Atom[];
  readonly results: readonly Value[];
  /**
   * vjp and grad: objects into which cotangents are added instead of being returned, one per active parameter or
   * `undefined`. The result value of such a parameter is that object.
   */
  readonly into?: readonly (Atom | undefined)[];
}

/**
 * Operations of a vector space: on numbers, arrays and records of them as a whole. `zeros` and `copy` of a value, `sum`
 * of two of one shape, `scaled` by a number (first), `inner` product. Their results share no memory with operands.
 */
export type LinearOp = 'zeros' | 'copy' | 'sum' | 'scaled' | 'inner';

/** `target = op(args)`, which `ad/expand` writes out element by element. */
export interface Linear extends Base {
  readonly kind: 'linear';
  readonly target: Value;
  readonly op: LinearOp;
  readonly args: readonly Atom[];
}

/** A mutable local variable of the source, before `ssa` gives every value one definition. */
export interface Cell {
  readonly name: string;
  readonly type: Type;
}
/** Declares `cell` in the enclosing block; runs again (fresh) each time the block runs. Without `init`: assigned before it is read. */
export interface CellStmt extends Base {
  readonly kind: 'cell';
  readonly cell: Cell;
  readonly init: Atom | undefined;
}
export interface Read extends Base {
  readonly kind: 'read';
  readonly target: Value;
  readonly cell: Cell;
}
export interface Write extends Base {
  readonly kind: 'write';
  readonly cell: Cell;
  readonly value: Atom;
}

export interface Block {
  readonly stmts: readonly Stmt[];
  readonly yields: readonly Atom[];
}

// ---------------------------------------------------------------- functions

export interface Param {
  readonly value: Value; // carries name and type
  /** Whether a cotangent or tangent is wanted for it. */
  readonly active: boolean;
  /** `x?: T` or `x: T = …` in the source: the value's type is optional. */
  readonly optional?: true;
  /** Of a function that an operator is applied to: what it uses of the functions around it, and may not write to. */
  readonly captured?: true;
}

export interface Fn {
  readonly name: string;
  readonly params: readonly Param[];
  readonly result: Type;
  /** Yields one atom, the result; none if the result is void. */
  readonly body: Block;
  readonly origin: Origin | undefined;
  /** The functions that this one and they themselves call. Their names are unique among them. */
  readonly helpers?: readonly Fn[];
  /** Of a helper: what it computes, for its doc comment. */
  readonly doc?: string;
  /** It is called by `call`: arguments may be one object, or parts of one another, and it may write to them. */
  readonly called?: true;
}
