/**
 * Is a function well formed? Every value is defined once, and before its uses in its own block or one around it; numbers
 * of yields fit results and carried values; types fit per statement. A failure is a bug in adgen, never the user's.
 */

import { elementType, resultType, typeOf } from './build.js';
import { printFn, printType } from './print.js';
import { linearType } from './structure.js';
import type {
  Atom,
  Block,
  Call,
  Carried,
  Cell,
  Derive,
  Fn,
  For,
  IntegerOp,
  Key,
  Let,
  Make,
  Op,
  Slice,
  Stmt,
  Type,
  UnaryOp,
  Value,
  View,
} from './types.js';
import { blocks, innerValues, operands, results, unreachable } from './visit.js';

export interface CheckOptions {
  /** Allows `cell`, `read` and `write`: before the pass `ssa`. */
  readonly cells?: boolean;
  /** Allows `derive` and `linear`: before `ad/expand`. */
  readonly derive?: boolean;
}

/** An IR that is not well formed; its message holds the printed function. */
class IrError extends Error {
  override readonly name = 'IrError';
}

export function check(fn: Fn, options: CheckOptions = {}): void {
  const helpers = new Map(fn.helpers?.map((helper) => [helper.name, helper]));
  if (helpers.size !== (fn.helpers?.length ?? 0)) throw new IrError(`two helpers of ${fn.name} have one name`);
  for (const each of [fn, ...helpers.values()]) new Checker(each, options, fn.helpers && helpers).run();
}

function sameType(a: Type, b: Type): boolean {
  return assignable(a, b) && assignable(b, a);
}

/** Whether a value of type `from` may stand where `to` is declared. */
export function assignable(from: Type, to: Type): boolean {
  if (to.kind === 'optional')
    return from.kind === 'void' || assignable(from.kind === 'optional' ? from.of : from, to.of);
  if (from.kind === 'array' && to.kind === 'array') {
    const fits = to.fixed === undefined || to.fixed === from.fixed;
    return fits && from.storage === to.storage && assignable(from.elem, to.elem);
  }
  if (from.kind === 'record' && to.kind === 'record') {
    if ((from.family === undefined) !== (to.family === undefined) || from.closure !== to.closure) return false;
    if (from.tuple !== to.tuple || from.fields.some((f) => !to.fields.some((g) => g.name === f.name))) return false;
    return to.fields.every((g) => {
      const f = from.fields.find((field) => field.name === g.name);
      return f === undefined ? g.type.kind === 'optional' : assignable(f.type, g.type);
    });
  }
  return from.kind === to.kind;
}

/** What a block sees: the values and cells of its own and of the blocks around it. */
class Scope {
  readonly #outer: Scope | undefined;
  readonly #seen = new Set<Value | Cell>();

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  add(v: Value | Cell): void {
    this.#seen.add(v);
  }

  has(v: Value | Cell): boolean {
    return this.#seen.has(v) || (this.#outer?.has(v) ?? false);
  }
}

const unaryInteger: ReadonlySet<Op> = new Set<IntegerOp>(['bitnot', 'clz32']);
const binary: ReadonlySet<Op> = new Set<Op>([
  'add',
  'sub',
  'mul',
  'div',
  'rem',
  'pow',
  'atan2',
  'bitand',
  'bitor',
  'bitxor',
  'shl',
  'shr',
  'ushr',
  'imul',
  'lt',
  'le',
  'gt',
  'ge',
]);
const unary: ReadonlySet<Op> = new Set<Op>([
  'neg',
  'abs',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'cbrt',
  'ceil',
  'cos',
  'cosh',
  'exp',
  'expm1',
  'floor',
  'fround',
  'log',
  'log10',
  'log1p',
  'log2',
  'round',
  'sign',
  'sin',
  'sinh',
  'sqrt',
  'tan',
  'tanh',
  'trunc',
] satisfies UnaryOp[]);

class Checker {
  readonly #fn: Fn;
  readonly #options: CheckOptions;
  readonly #defined = new Set<Value | Cell>();
  /** Unknown for a helper that is looked at on its own. */
  readonly #helpers: ReadonlyMap<string, Fn> | undefined;

  constructor(fn: Fn, options: CheckOptions, helpers: ReadonlyMap<string, Fn> | undefined) {
    this.#fn = fn;
    this.#options = options;
    this.#helpers = helpers;
  }

  run(): void {
    const { params, body, result, name } = this.#fn;
    const scope = new Scope();
    for (const param of params) {
      this.#define(param.value, scope);
      if (param.optional === true && param.value.type.kind !== 'optional')
        this.#fail(`parameter ${param.value.name} is not of optional type`);
    }
    this.#block(body, scope, result.kind === 'void' && this.#fn.called ? [] : [result], `the result of ${name}`);
  }

  #fail(text: string): never {
    throw new IrError(`${text}, in\n\n${printFn(this.#fn)}`);
  }

  /** Checks a block whose yields go to places of the given types; true if it never gets to its yields. */
  #block(block: Block, scope: Scope, places: readonly Type[], where: string): boolean {
    let ends = false;
    for (const stmt of block.stmts) ends = this.#stmt(stmt, scope) || ends;
    for (const atom of block.yields) this.#use(atom, scope, `a yield of ${where}`);
    if (block.yields.length !== places.length)
      this.#fail(`${where}: ${block.yields.length} yields for ${places.length} places`);
    // Yields that are never reached may be anything.
    if (!ends) block.yields.forEach((atom, k) => this.#fits(atom, places[k], `yield ${k} of ${where}`));
    return ends;
  }

  /** True if control never gets past the statement. */
  #stmt(stmt: Stmt, scope: Scope): boolean {
    const where = results(stmt)
      .map((v) => v.name ?? '(unnamed)')
      .join(', ');
    const what = where === '' ? stmt.kind : `${stmt.kind} of ${where}`;
    for (const atom of operands(stmt)) this.#use(atom, scope, what);
    const inner = blocks(stmt).map(() => new Scope(scope));
    for (const v of innerValues(stmt)) this.#define(v, inner[0] ?? scope);
    const ends = this.#types(stmt, scope, inner, what);
    for (const v of results(stmt)) this.#define(v, scope);
    return ends;
  }

  #types(stmt: Stmt, scope: Scope, inner: readonly Scope[], what: string): boolean {
    switch (stmt.kind) {
      case 'let':
        this.#let(stmt);
        return false;
      case 'load':
        this.#same(stmt.target.type, this.#element(stmt.object, stmt.key, what), what);
        return false;
      case 'store': {
        const element = this.#element(stmt.object, stmt.key, what);
        this.#fits(stmt.value, element, what);
        if (stmt.add && element.kind !== 'num') this.#fail(`${what}: adds to ${printType(element)}`);
        return false;
      }
      case 'length':
        this.#array(stmt.object, what);
        this.#same(stmt.target.type, { kind: 'num' }, what);
        return false;
      case 'alloc': {
        const type = this.#array(stmt.target, what);
        this.#kind(stmt.length, 'num', `${what}: length`);
        if (stmt.fill !== undefined) this.#fits(stmt.fill, type.elem, `${what}: fill`);
        if (type.fixed !== undefined && (stmt.length.kind !== 'const' || stmt.length.value !== type.fixed)) {
          this.#fail(`${what}: length is not the ${type.fixed} of its type`);
        }
        return false;
      }
      case 'make':
        this.#make(stmt, what);
        return false;
      case 'slice':
      case 'view':
        this.#range(stmt, what);
        return false;
      case 'push':
        this.#fits(stmt.value, this.#list(stmt.object, what).elem, what);
        return false;
      case 'pop':
        this.#same(stmt.target.type, this.#list(stmt.object, what).elem, what);
        return false;
      case 'resize':
        this.#list(stmt.object, what);
        this.#kind(stmt.length, 'num', `${what}: length`);
        return false;
      case 'if': {
        this.#kind(stmt.cond, 'bool', `${what}: condition`);
        const places = stmt.results.map(({ type }) => type);
        const [then = scope, otherwise = scope] = inner;
        const thenEnds = this.#block(stmt.then, then, places, `then of ${what}`);
        return this.#block(stmt.else, otherwise, places, `else of ${what}`) && thenEnds;
      }
      case 'for':
        this.#for(stmt, inner[0] ?? scope, what);
        return false;
      case 'loop': {
        this.#carried(stmt.carried, stmt.results, what);
        const places: Type[] = [{ kind: 'bool' }, ...stmt.carried.map(({ param }) => param.type)];
        return this.#block(stmt.body, inner[0] ?? scope, places, `body of ${what}`);
      }
      case 'throw':
        for (const atom of stmt.message) this.#plain(atom, what);
        return true;
      case 'call':
        this.#call(stmt, what);
        return false;
      case 'derive':
        this.#derive(stmt, what);
        return false;
      case 'linear':
        if (this.#options.derive !== true) this.#fail(`${what}: ${stmt.op} after it should have been expanded`);
        this.#same(stmt.target.type, linearType(stmt.op, stmt.args), what);
        return false;
      case 'cell':
        this.#cells(what);
        if (this.#defined.has(stmt.cell)) this.#fail(`cell ${stmt.cell.name} is declared twice`);
        if (stmt.init !== undefined) this.#fits(stmt.init, stmt.cell.type, `${what} ${stmt.cell.name}`);
        this.#defined.add(stmt.cell);
        scope.add(stmt.cell);
        return false;
      case 'read':
      case 'write':
        this.#cells(what);
        if (!scope.has(stmt.cell)) this.#fail(`${what}: cell ${stmt.cell.name} is not declared here`);
        if (stmt.kind === 'read') this.#same(stmt.target.type, stmt.cell.type, what);
        else this.#fits(stmt.value, stmt.cell.type, `${what} of ${stmt.cell.name}`);
        return false;
      default:
        return unreachable(stmt);
    }
  }

  #let({ op, args, target }: Let): void {
    const what = `${op} of ${target.name ?? '(unnamed)'}`;
    const arity = (n: number) => {
      if (args.length !== n) this.#fail(`${what}: ${args.length} operands, not ${n}`);
    };
    const all = (kind: Type['kind']) => args.forEach((a, k) => this.#kind(a, kind, `${what}: operand ${k}`));
    if (unary.has(op) || unaryInteger.has(op)) {
      arity(1);
      all('num');
    } else if (binary.has(op)) {
      arity(2);
      all('num');
    } else {
      switch (op) {
        case 'max':
        case 'min':
        case 'hypot':
          all('num');
          break;
        case 'isNaN':
        case 'isFinite':
        case 'isInteger':
          arity(1);
          all('num');
          break;
        case 'and':
        case 'or':
          arity(2);
          all('bool');
          break;
        case 'not':
        case 'num':
          arity(1);
          all('bool');
          break;
        case 'held':
          arity(1);
          all('num');
          break;
        case 'eq':
        case 'ne': {
          arity(2);
          const [a, b] = args.map((atom) => strip(typeOf(atom)).kind);
          if (a !== b || (a !== 'num' && a !== 'bool' && a !== 'str')) this.#fail(`${what}: compares ${a} and ${b}`);
          break;
        }
        case 'same':
          arity(2);
          for (const atom of args) {
            const { kind } = strip(typeOf(atom));
            if (kind !== 'array' && kind !== 'record') this.#fail(`${what}: operand of type ${kind} is no reference`);
          }
          break;
        case 'defined':
          arity(1);
          break;
        case 'unwrap':
          arity(1);
          all('optional');
          break;
        case 'text':
          for (const atom of args) this.#plain(atom, what);
          break;
        case 'select': {
          arity(3);
          const [cond, a, b] = args;
          if (cond !== undefined) this.#kind(cond, 'bool', `${what}: condition`);
          for (const arm of [a, b]) if (arm !== undefined) this.#fits(arm, target.type, what);
          return;
        }
        default:
          this.#fail(`${what}: unknown operation`);
      }
    }
    this.#same(target.type, resultType(op, args), what);
  }

  #make({ target: { type }, parts }: Make, what: string): void {
    if (type.kind === 'array') {
      if (type.fixed !== undefined && type.fixed !== parts.length)
        this.#fail(`${what}: ${parts.length} parts for ${type.fixed} elements`);
      parts.forEach((part, k) => this.#fits(part, type.elem, `${what}: element ${k}`));
    } else if (type.kind === 'record') {
      if (type.fields.length !== parts.length)
        this.#fail(`${what}: ${parts.length} parts for ${type.fields.length} fields`);
      parts.forEach((part, k) => this.#fits(part, type.fields[k]?.type, `${what}: field ${type.fields[k]?.name}`));
    } else {
      this.#fail(`${what}: a ${type.kind} is not made of parts`);
    }
  }

  #range(stmt: Slice | View, what: string): void {
    const [from, to] = [this.#array(stmt.object, what), this.#array(stmt.target, what)];
    this.#kind(stmt.from, 'num', `${what}: from`);
    this.#kind(stmt.to, 'num', `${what}: to`);
    if (from.storage !== to.storage || !assignable(from.elem, to.elem))
      this.#fail(`${what}: ${printType(from)} gives no ${printType(to)}`);
    if (stmt.kind === 'view' && from.storage === 'list') this.#fail(`${what}: a list has no views`);
  }

  #for(stmt: For, scope: Scope, what: string): void {
    this.#kind(stmt.from, 'num', `${what}: from`);
    this.#kind(stmt.to, 'num', `${what}: to`);
    this.#same(stmt.index.type, { kind: 'num' }, `${what}: index`);
    const up = stmt.compare === '<' || stmt.compare === '<=';
    if (!Number.isInteger(stmt.step) || stmt.step === 0 || stmt.step > 0 !== up)
      this.#fail(`${what}: step ${stmt.step} with ${stmt.compare}`);
    this.#carried(stmt.carried, stmt.results, what);
    this.#block(
      stmt.body,
      scope,
      stmt.carried.map(({ param }) => param.type),
      `body of ${what}`,
    );
  }

  #carried(carried: readonly Carried[], targets: readonly Value[], what: string): void {
    if (carried.length !== targets.length)
      this.#fail(`${what}: ${targets.length} results for ${carried.length} carried values`);
    carried.forEach(({ param, init }, k) => {
      this.#fits(init, param.type, `${what}: carried ${param.name ?? k}`);
      const result = targets[k];
      if (result !== undefined) this.#same(result.type, param.type, `${what}: result ${k}`);
    });
  }

  #derive(stmt: Derive, what: string): void {
    if (this.#options.derive !== true) this.#fail(`${what}: derive after it should have been expanded`);
    const { callee, mode, wrt } = stmt;
    check(callee, this.#options);
    const active = wrt.filter(Boolean).length;
    if (wrt.length !== callee.params.length)
      this.#fail(`${what}: wrt of ${wrt.length} for ${callee.params.length} parameters`);
    const seeds = mode === 'jvp' ? active : mode === 'vjp' ? 1 : 0;
    if (stmt.args.length !== wrt.length + seeds)
      this.#fail(`${what}: ${stmt.args.length} arguments, not ${wrt.length} + ${seeds}`);
    callee.params.forEach(({ value }, k) => {
      const arg = stmt.args[k];
      if (arg !== undefined) this.#fits(arg, value.type, `${what}: argument ${value.name ?? k}`);
    });
    const extra = mode === 'forward' ? 0 : mode === 'jvp' ? 1 : active;
    if (stmt.results.length !== 1 + extra) this.#fail(`${what}: ${stmt.results.length} results, not 1 + ${extra}`);
    if (stmt.into !== undefined && stmt.into.length !== active)
      this.#fail(`${what}: into of ${stmt.into.length} for ${active} cotangents`);
  }

  #call({ callee, args, target }: Call, what: string): void {
    const found = this.#helpers?.get(callee);
    if (found === undefined) {
      if (this.#helpers !== undefined) this.#fail(`${what}: no function ${callee}`);
      return;
    }
    if (args.length !== found.params.length)
      this.#fail(`${what}: ${args.length} arguments for ${found.params.length} parameters of ${callee}`);
    found.params.forEach(({ value }, k) => {
      const arg = args[k];
      if (arg !== undefined) this.#fits(arg, value.type, `${what}: argument ${value.name ?? k} of ${callee}`);
    });
    if ((target === undefined) !== (found.result.kind === 'void')) this.#fail(`${what}: a result or none of ${callee}`);
    if (target !== undefined) this.#same(target.type, found.result, `${what}: result of ${callee}`);
  }

  #cells(what: string): void {
    if (this.#options.cells !== true) this.#fail(`${what}: cells after they should have gone`);
  }

  #define(v: Value, scope: Scope): void {
    if (this.#defined.has(v)) this.#fail(`${v.name ?? 'a value'} is defined twice`);
    this.#defined.add(v);
    scope.add(v);
  }

  #use(atom: Atom, scope: Scope, what: string): void {
    if (atom.kind !== 'value' || scope.has(atom)) return;
    const problem = this.#defined.has(atom) ? 'outside of the block that defines it' : 'before it is defined';
    this.#fail(`${what} uses ${atom.name ?? 'a value'} ${problem}`);
  }

  #element(object: Atom, key: Key, what: string): Type {
    const type = strip(typeOf(object));
    if (type.kind === 'array') {
      if (key.kind === 'field') this.#fail(`${what}: .${key.name} of an array`);
      this.#kind(key, 'num', `${what}: index`);
    } else if (type.kind === 'record') {
      const name = key.kind === 'field' ? key.name : key.kind === 'const' ? String(key.value) : undefined;
      if (name === undefined || !type.fields.some((f) => f.name === name))
        this.#fail(`${what}: no field ${name ?? '[…]'} in ${printType(type)}`);
    } else {
      this.#fail(`${what}: element of ${printType(type)}`);
    }
    return elementType(type, key);
  }

  #array(atom: Atom, what: string) {
    const type = strip(typeOf(atom));
    return type.kind === 'array' ? type : this.#fail(`${what}: ${printType(type)} is no array`);
  }

  #list(atom: Atom, what: string) {
    const type = this.#array(atom, what);
    return type.storage === 'list' && type.fixed === undefined
      ? type
      : this.#fail(`${what}: ${printType(type)} cannot change its length`);
  }

  #plain(atom: Atom, what: string): void {
    const { kind } = strip(typeOf(atom));
    if (kind === 'array' || kind === 'record') this.#fail(`${what}: text from ${kind}`);
  }

  #kind(atom: Atom, kind: Type['kind'], what: string): void {
    const type = typeOf(atom);
    if (type.kind !== kind) this.#fail(`${what} is ${printType(type)}, not ${kind}`);
  }

  #fits(atom: Atom, to: Type | undefined, what: string): void {
    const from = typeOf(atom);
    // What an unassigned variable of reference type holds; it is never looked at.
    if (from.kind === 'void' && (to?.kind === 'array' || to?.kind === 'record')) return;
    if (to !== undefined && !assignable(from, to)) this.#fail(`${what}: ${printType(from)} for ${printType(to)}`);
  }

  #same(a: Type, b: Type, what: string): void {
    if (!sameType(a, b)) this.#fail(`${what}: ${printType(a)} for ${printType(b)}`);
  }
}

const strip = (type: Type): Type => (type.kind === 'optional' ? type.of : type);
