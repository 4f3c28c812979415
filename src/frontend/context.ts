/**
 * What lowering one function carries along: where statements go, what names mean, what has been refused.
 * Handlers of syntax get it as `cx` and call each other through it.
 */

import { ts } from 'ts-morph';
import { Builder, constant, elementType, isConst, num, typeOf, value, yes } from '../ir/build.js';
import type { CodeArgs, CodeName } from '../diagnostics/codes.js';
import { diagnostic, type Place, type Report } from '../diagnostics/report.js';
import type { Atom, Block, Cell, Const, Fn, Op, Origin, Stmt, Type, Value } from '../ir/types.js';
import type { Entry } from './control.js';
import { libraryFile } from './library.js';
import type { Exit } from './flow.js';
import { placeOf, type Program } from './load.js';
import type { Helper, Inlined, Reason } from './helpers.js';
import { changedPlace, results, statements } from '../ir/visit.js';
import { assignable } from '../ir/check.js';
import { type Code, closureOf } from './closures.js';
import { familyOf, isFamily, toFamily } from './families.js';
import { fold } from './fold.js';
import { findNode, walk } from './walk.js';
import { describe, merge, type Unreadable } from './types.js';
import { type ClassVal, type FunctionVal, isAtom, type Scope, type StructVal, type Val } from './values.js';

/** Thrown where lowering of a statement cannot go on; the diagnostic has been reported already. */
export class Refused extends Error {}

/** One activation of a function that is being inlined. */
export interface Frame {
  readonly node: ts.Node;
  /** The scope the function was created in. */
  readonly of: Scope | undefined;
  readonly depth: number;
  /** Where the function's own statements start: a return there needs no cell. */
  readonly entry: Builder;
  /** How many statements stood there before. */
  readonly start: number;
  readonly expected: Type | undefined;
  readonly outer: Frame | undefined;
  readonly args: readonly Val[];
  readonly flags: Map<Exit, Cell[]>;
  /** Set by a return that is not inside of any statement. */
  direct: Val | undefined;
  /** What other returns write to; its type is known when the last of them has been lowered. */
  result: { name: string; type: Type } | undefined;
  /** What has been returned through it. */
  readonly returned: Atom[];
  /** Some return has no value. */
  returnsNothing: boolean;
  broken: boolean;
}

/** The lowering of each kind of syntax, given to the context so that handlers need not import each other. */
export interface Handlers {
  expression(node: ts.Expression, cx: Lower, expected: Type | undefined): Val;
  statement(node: ts.Statement, cx: Lower): void;
  declarations(node: ts.VariableDeclarationList, cx: Lower): void;
  switchEntries(node: ts.SwitchStatement, scope: Scope, cx: Lower): readonly Entry[];
  call(fn: Val, args: readonly Val[], node: ts.Node, cx: Lower): Val;
  condition(node: ts.Expression, cx: Lower): Atom;
  /** A call whose callee has been evaluated. */
  callOf(callee: Val, node: ts.CallExpression, cx: Lower): Val;
  arrayOf(atoms: readonly Atom[], node: ts.Node, cx: Lower): Atom;
}

/** What all functions of one program share. */
export interface Session {
  readonly program: Program;
  readonly report: Report;
  readonly handlers: Handlers;
  readonly moduleScope: (source: ts.SourceFile) => Scope;
  /** Lowers a function for `derive`, once per declaration and argument types. */
  readonly closed: (fn: FunctionVal, types: readonly Type[], at: ts.Node) => Fn;
  /** Functions that are known to be called rather than inlined. */
  readonly called: ReadonlyMap<ts.Node, Reason>;
  /** What has been made of them. */
  readonly helpers: Helper[];
  /** How much has been inlined of the others. */
  readonly inlined: Map<ts.Node, Inlined>;
  /** Whether a helper removes keys of a Map or Set, and whether one is called while one is run through. */
  /** Of closures that are kept as data, by the numbers of their types. */
  readonly codes: Code[];
  readonly removals: { inHelper: boolean; whileVisiting: boolean };
}

/** One side of a choice. */
interface Arm {
  readonly stmts: readonly Stmt[];
  readonly result: Val;
}

export class Lower {
  readonly session: Session;
  /** Statements that compute module constants; they come first. */
  readonly prologue: Builder;
  b: Builder;
  scope: Scope;
  frame: Frame;
  /** Statements of modules that have been lowered. */
  readonly initialised = new Set<ts.Node>();
  /** Module constants that are being evaluated. */
  readonly evaluating = new Set<ts.Node>();
  /** The expression that is being lowered, for what is found wrong with the module it names. */
  asking: ts.Node | undefined;
  /** Values and variables of module constants, which may not be written to. */
  readonly frozen = new Map<Value | Cell, string>();
  /** Statements of the prologue that have been frozen. */
  readonly #settled = new WeakSet<Stmt>();
  /** Lists that started empty: a store past the end makes them longer. */
  readonly growing = new WeakSet<Value | Cell>();
  /** What may be `undefined` although its type does not say so: read past the end of an array, or kept since in a cell or object. */
  readonly doubtful = new WeakSet<Value>();
  /** Functions that are being made data: one may not capture itself. */
  readonly closing = new Set<Val>();
  /** Objects that have been copied to be data: whoever has the first would not see what becomes of the second. */
  readonly copied = new WeakSet<StructVal>();
  /** Assignments that are known to append to a list. */
  readonly appends = new Set<ts.Node>();
  /** Elements of arrays of names that never change. */
  readonly items = new WeakMap<Value, readonly Const[]>();
  /** Class of an instance, where it is known. */
  readonly classes = new WeakMap<Value, ClassVal>();
  /** Static fields that have been evaluated. */
  readonly statics = new Map<ts.Node, Val>();
  /** How deep in inlined calls a value was named. */
  readonly #named = new WeakMap<Value, number>();
  /** The types of array literals that are entries of a Map. */
  readonly entryTypes = new Map<ts.Node, Type>();
  /** Types of the Maps and Sets that loops around here run through. */
  readonly visiting: Type[] = [];
  calls = 0;
  /** While a function of the library is inlined: the user's call. */
  #fixed: Origin | undefined;

  constructor(session: Session, scope: Scope, node: ts.Node) {
    this.session = session;
    this.prologue = new Builder();
    this.b = new Builder();
    this.scope = scope;
    this.frame = newFrame(node, this.b, undefined, undefined, []);
  }

  get checker(): ts.TypeChecker {
    return this.session.program.checker;
  }

  // ------------------------------------------------------------ diagnostics

  refuse<K extends CodeName>(node: ts.Node, code: K, ...args: CodeArgs<K>): never {
    this.note(node, code, ...args);
    throw new Refused();
  }

  refuseType(node: ts.Node, what: string, { code, text }: Unreadable): never {
    switch (code) {
      case 'any-type':
        return this.refuse(node, code, what);
      case 'collection':
        return this.refuse(node, code, text);
      case 'bigint':
        return this.refuse(node, code);
      default:
        return this.refuse(node, code, what, text);
    }
  }

  refuseAt<K extends CodeName>(origin: Origin, code: K, ...args: CodeArgs<K>): never {
    this.session.report.add(diagnostic(code, { origin, length: 1 }, args));
    throw new Refused();
  }

  note<K extends CodeName>(node: ts.Node, code: K, ...args: CodeArgs<K>): void {
    // What is wrong in adgen's own library is wrong with the call.
    const place = this.#fixed === undefined ? placeOf(node) : { origin: this.#fixed, length: 1 };
    this.session.report.add(diagnostic(code, place, args));
  }

  // ------------------------------------------------------------ statements

  at(node: ts.Node): void {
    this.b.origin = this.originOf(node);
  }

  originOf(node: ts.Node): Origin {
    if (this.#fixed !== undefined) return this.#fixed;
    return (placeOf(node) satisfies Place).origin;
  }

  /** Runs `fill` with a fresh block as the place where statements go. */
  inBlock<T>(fill: () => T): { readonly stmts: readonly Stmt[]; readonly result: T } {
    const outer = this.b;
    const scope = this.scope;
    const inner = new Builder(outer.origin);
    this.b = inner;
    try {
      const result = fill();
      return { stmts: inner.stmts, result };
    } finally {
      this.b = outer;
      this.scope = scope;
    }
  }

  /** `for (index = from; index < to; index += 1)`, or downwards from `to - 1`. */
  repeat(from: Atom, to: Atom, name: string, body: (index: Value) => void, down = false): void {
    const index = value(num, name);
    const { origin } = this.b;
    const { stmts } = this.inBlock(() => body(index));
    const start = down ? this.op('sub', to, constant(1)) : from;
    this.b.push({
      kind: 'for',
      index,
      from: start,
      to: down ? from : to,
      compare: down ? '>=' : '<',
      step: down ? -1 : 1,
      carried: [],
      body: { stmts, yields: [] },
      results: [],
      origin,
    });
  }

  /** Runs `body` until it says no: it yields whether to go on. */
  whileTrue(body: () => Atom): void {
    const { origin } = this.b;
    const { stmts, result } = this.inBlock(body);
    this.b.push({ kind: 'loop', carried: [], body: { stmts, yields: [result] }, results: [], origin });
  }

  call(fn: Val, args: readonly Val[], node: ts.Node): Val {
    return this.session.handlers.call(fn, args, node, this);
  }

  /** Runs `fill` as the evaluation of a module constant: before everything else, in the module's scope. */
  inPrologue(node: ts.Node, scope: Scope, fill: () => void): void {
    const outer = { b: this.b, scope: this.scope, frame: this.frame };
    this.b = this.prologue;
    this.scope = scope;
    this.frame = newFrame(node, this.prologue, undefined, outer.frame, []);
    try {
      this.at(node);
      fill();
    } finally {
      this.b = outer.b;
      this.scope = outer.scope;
      this.frame = outer.frame;
    }
  }

  /** What the prologue's statements from `from` on have made belongs to the module; `nodes` are what they evaluate. */
  freeze(from: number, name: string, nodes: readonly ts.Node[]): void {
    const stmts = this.prologue.stmts.slice(from).filter((stmt) => !this.#settled.has(stmt));
    const all = statements({ stmts, yields: [] });
    // Constants are evaluated as they are asked for: what one does to another must not depend on the order.
    for (const stmt of all) {
      const changed = changedPlace(stmt);
      const other = changed && this.frozen.get(changed);
      if (other === undefined || this.session.program.names.isOnlyUsedIn(other, nodes)) continue;
      this.refuseAt(stmt.origin ?? this.originOf(nodes[0] ?? this.frame.node), 'module-state', other);
    }
    for (const stmt of stmts) this.#settled.add(stmt);
    for (const stmt of all) {
      const made = stmt.kind === 'cell' ? [stmt.cell] : results(stmt);
      for (const each of made) if (!this.frozen.has(each)) this.frozen.set(each, name);
    }
  }

  /** Calls a function of adgen's own library; its statements are said to come from the call. */
  callLibrary(name: string, args: readonly Val[], node: ts.Node): Val {
    const source = this.session.program.sourceFile(libraryFile);
    const binding = source && this.session.moduleScope(source).find(name);
    if (binding?.kind !== 'val') throw new Error(`no ${name} in the library`);
    const outer = this.#fixed;
    this.#fixed ??= this.originOf(node);
    try {
      return this.call(binding.val, args, node);
    } finally {
      this.#fixed = outer;
    }
  }

  inScope<T>(scope: Scope, run: () => T): T {
    const outer = this.scope;
    this.scope = scope;
    try {
      return run();
    } finally {
      this.scope = outer;
    }
  }

  /** `if` without results. A constant condition leaves one of the arms only. */
  branch(cond: Atom, then: () => void, otherwise: () => void = () => undefined): void {
    if (cond.kind === 'const') {
      if (cond.value === true) then();
      else otherwise();
      return;
    }
    const { origin } = this.b;
    const arm = (fill: () => void): Block => ({ stmts: this.inBlock(fill).stmts, yields: [] });
    const [thenBlock, elseBlock] = [arm(then), arm(otherwise)];
    this.b.push({ kind: 'if', cond, then: thenBlock, else: elseBlock, results: [], origin });
  }

  /** `if (cond) throw new error(message);`, the message of text and values in turn. */
  throwIf(cond: Atom, error: string, message: readonly Atom[]): void {
    this.branch(cond, () => this.b.push({ kind: 'throw', error, message, origin: this.b.origin }));
  }

  /** The first item whose test holds; if all say no, the last, or `otherwise`. Nothing is evaluated but the choice. */
  firstOf(items: readonly Val[], tests: readonly Atom[], otherwise: Val | undefined, node: ts.Node): Val {
    const from = (k: number): Val => {
      const [item, test] = [items[k], tests[k]];
      if (item === undefined || test === undefined) return otherwise ?? constant(undefined);
      if (otherwise === undefined && k === items.length - 1) return item;
      return this.choose(
        test,
        () => item,
        () => from(k + 1),
        node,
      );
    };
    return from(0);
  }

  /** `cond ? then : otherwise`, evaluating one of them. */
  choose(cond: Atom, then: () => Val, otherwise: () => Val, node: ts.Node): Val {
    if (cond.kind === 'const') return cond.value === true ? then() : otherwise();
    const { origin } = this.b;
    const lowered = [this.inBlock(then), this.inBlock(otherwise)] as const;
    const arms = this.#ofOneFamily(lowered, node);
    const [a, b] = [arms[0].result, arms[1].result];
    if (a.kind === 'broken' || b.kind === 'broken') throw new Refused();
    if (isAtom(a) && isAtom(b)) {
      const type = this.mergeTypes(typeOf(a), typeOf(b), node);
      if (type.kind === 'array') [a, b].forEach((atom) => this.settleElement(atom, type.elem));
      const target = value(type);
      if (this.isGrowing(a) || this.isGrowing(b)) this.growing.add(target);
      if (this.isDoubtful(a) || this.isDoubtful(b)) this.doubtful.add(target);
      const [thenBlock, elseBlock] = [
        { stmts: arms[0].stmts, yields: [a] },
        { stmts: arms[1].stmts, yields: [b] },
      ];
      this.b.push({ kind: 'if', cond, then: thenBlock, else: elseBlock, results: [target], origin });
      return target;
    }
    if (a.kind === 'nothing' || b.kind === 'nothing') {
      const [thenBlock, elseBlock] = [
        { stmts: arms[0].stmts, yields: [] },
        { stmts: arms[1].stmts, yields: [] },
      ];
      this.b.push({ kind: 'if', cond, then: thenBlock, else: elseBlock, results: [], origin });
      return { kind: 'nothing' };
    }
    if (arms[0].stmts.length > 0 || arms[1].stmts.length > 0) {
      return this.refuse(node, 'function-value', 'which function this is');
    }
    return { kind: 'choice', cond, then: a, else: b };
  }

  /** Instances of different classes become what can be of any of them. */
  #ofOneFamily(arms: readonly [Arm, Arm], node: ts.Node): readonly [Arm, Arm] {
    const [a, b] = arms;
    const family = isAtom(a.result) && isAtom(b.result) ? familyOf(a.result, b.result, this) : undefined;
    if (family === undefined) return arms;
    const wrapped = ({ stmts, result }: Arm): Arm => {
      if (!isAtom(result)) return { stmts, result };
      const inner = this.inBlock(() => this.coerce(result, family, node));
      return { stmts: [...stmts, ...inner.stmts], result: inner.result };
    };
    return [wrapped(a), wrapped(b)];
  }

  mergeTypes(a: Type, b: Type, node: ts.Node): Type {
    return merge(a, b) ?? this.refuse(node, 'mixed-types', describe(a), describe(b));
  }

  // ------------------------------------------------------------ values

  /** Lowers an expression to a value of the IR. */
  atom(node: ts.Expression, expected?: Type): Atom {
    return this.toAtom(this.val(node, expected), node);
  }

  val(node: ts.Expression, expected?: Type): Val {
    const found = this.session.handlers.expression(node, this, expected);
    if (found.kind === 'broken') throw new Refused();
    return found;
  }

  toAtom(val: Val, node: ts.Node): Atom {
    switch (val.kind) {
      case 'value':
      case 'const':
        return val;
      case 'nothing':
        return constant(undefined);
      case 'broken':
        throw new Refused();
      case 'function':
      case 'struct':
        return closureOf(val, node, this);
      case 'builtin':
      case 'method':
      case 'operator':
      case 'derivative':
      case 'choice':
        return this.refuse(node, 'function-value', 'a function that is stored or returned as data');
      case 'list':
        return this.refuse(node, 'function-value', 'an object that holds functions, stored or returned as data,');
      case 'spread':
        return this.refuse(node, 'unsupported-argument', 'an array of unknown length is spread into these arguments');
      case 'namespace':
      case 'class':
        return this.refuse(node, 'unsupported-syntax', `\`${val.name}\` as a value`);
    }
  }

  /** An expression as what `if` asks for. */
  condition(node: ts.Expression): Atom {
    return this.session.handlers.condition(node, this);
  }

  /** An expression as a number: optional values are known to be defined where TypeScript lets them be used so. */
  number(node: ts.Expression): Atom {
    return this.toNumber(this.atom(node), node);
  }

  toNumber(atom: Atom, node: ts.Node): Atom {
    const type = typeOf(atom);
    if (type.kind === 'num') return atom;
    if (type.kind === 'optional' && type.of.kind === 'num') return this.b.op('unwrap', [atom]);
    if (type.kind === 'bool') return this.op('num', atom);
    return this.refuse(node, 'unsupported-operator', ts.isExpression(node) ? node.getText() : 'number');
  }

  /** An optional value where TypeScript has found it to be defined. */
  defined(atom: Atom): Atom {
    return typeOf(atom).kind === 'optional' ? this.b.op('unwrap', [atom]) : atom;
  }

  /** `op(args)`, computed now if all operands are constants and the answer is the same in every engine. */
  op(op: Op, ...args: readonly Atom[]): Atom {
    return fold(op, args) ?? this.b.op(op, args);
  }

  /** Whether a value is not `undefined`. */
  isDefined(atom: Atom): Atom {
    const certain = atom.kind === 'value' && atom.type.kind !== 'optional' && !this.doubtful.has(atom);
    return certain ? yes : this.op('defined', atom);
  }

  not(cond: Atom): Atom {
    return this.op('not', cond);
  }

  /** The same value where `type` is asked for: unwrapped if it is optional there, refused if it is another kind of value. */
  coerce(atom: Atom, type: Type, node: ts.Node): Atom {
    const from = typeOf(atom);
    if (from === type) return atom;
    const wanted = type.kind === 'optional' && from.kind === 'record' ? type.of : type;
    if (isFamily(wanted) && from.kind === 'record') return toFamily(atom, wanted, node, this);
    if (type.kind === 'array') this.settleElement(atom, type.elem);
    if (from.kind === 'optional' && type.kind !== 'optional')
      return this.coerce(this.b.op('unwrap', [atom]), type, node);
    if (assignable(from, type)) return atom;
    if (from.kind === 'array' && type.kind === 'array' && type.fixed !== undefined && from.fixed === undefined) {
      // `xs.map(f) as Vec3`: the source says how long it is.
      const parts = Array.from({ length: type.fixed }, (_, k) => this.element(atom, constant(k)));
      return this.b.make(type, parts);
    }
    return this.refuse(node, 'mixed-types', describe(type), describe(from));
  }

  /** Whether a variable is assigned after its declaration, anywhere in the function that declares it. */
  isAssigned(name: ts.Identifier): boolean {
    if (isConstant(name)) return false;
    let owner: ts.Node = name.parent;
    while (!ts.isFunctionLike(owner) && !ts.isSourceFile(owner) && !ts.isClassStaticBlockDeclaration(owner)) {
      owner = owner.parent;
    }
    return this.session.program.names.assignedIn(owner).has(name.text);
  }

  /** The checker's type of a name, for what is declared without type and value. */
  declaredType(name: ts.Identifier): Type {
    const type = this.checker.getTypeAtLocation(name);
    const found = this.convert(type);
    if (found.kind !== 'unreadable') return found;
    // `let x;` is given its type by the assignments that follow: the references know it.
    const evolved = this.evolvedType(name);
    return evolved ?? this.refuseType(name, `\`${name.text}\``, found);
  }

  evolvedType(name: ts.Identifier): Type | undefined {
    let owner: ts.Node = name.parent;
    while (!ts.isBlock(owner) && !ts.isSourceFile(owner)) owner = owner.parent;
    let found: Type | undefined;
    walk(owner, (node) => {
      if (found === undefined && ts.isIdentifier(node) && node.text === name.text && node !== name) {
        const type = this.tryType(this.checker.getTypeAtLocation(node));
        if (type !== undefined && type.kind !== 'void') found = type;
      }
      return found === undefined;
    });
    return found;
  }

  /** The type of the elements of an array that started as `[]` is that of the first one put in. */
  settleElement(array: Atom, element: Type): void {
    const type = typeOf(array);
    // Made by the literal `[]` for this purpose: the array has been empty so far, so nobody has looked at it.
    if (type.kind === 'array' && type.elem.kind === 'void' && element.kind !== 'void')
      (type as { elem: Type }).elem = element;
  }

  // ------------------------------------------------------------ names

  /** Gives a value the name of the variable it initialises; an outer function's name wins over an inlined one's. */
  name(atom: Atom, name: string): void {
    if (atom.kind !== 'value') return;
    const depth = this.#named.get(atom);
    if (atom.name !== undefined && (depth === undefined || depth <= this.frame.depth)) return;
    // The value was made just now, for this variable; nobody has looked at its name yet.
    (atom as { name?: string }).name = name;
    this.#named.set(atom, this.frame.depth);
  }

  /** Whether the function that is being lowered is adgen's own. */
  get isInLibrary(): boolean {
    return this.#fixed !== undefined && this.frame.node.getSourceFile().fileName === libraryFile;
  }

  /** `array[index]`. */
  element(array: Atom, index: Atom, name?: string): Value {
    // The library reads only what is there.
    if (this.isInLibrary) return this.elementInside(array, index);
    const found = this.b.load(array, index, name);
    if (this.isGrowing(array)) this.growing.add(found);
    this.doubtful.add(found);
    return found;
  }

  /** `array[index]` where the element is known to be there, as in `for … of`. */
  elementInside(array: Atom, index: Atom): Value {
    const target = value(elementType(typeOf(array), index));
    this.b.push({ kind: 'load', target, object: array, key: index, inside: true, origin: this.b.origin });
    if (this.isGrowing(array)) this.growing.add(target);
    // It may be there and hold what has been read past the end of another array.
    this.doubtful.add(target);
    return target;
  }

  classValue(node: ts.ClassLikeDeclaration): ClassVal | undefined {
    if (ts.isSourceFile(node.parent)) {
      const scope = this.session.moduleScope(node.parent);
      return { kind: 'class', node, scope, name: node.name?.text ?? 'the class' };
    }
    const binding = node.name && this.scope.find(node.name.text);
    return binding?.kind === 'val' && binding.val.kind === 'class' ? binding.val : undefined;
  }

  /** Fields of objects that are followed at compile time are fixed, unless nothing has run in between. */
  assignStructField(object: StructVal, name: string, val: Val, node: ts.Node): void {
    if (this.b !== this.frame.entry) this.refuse(node, 'function-value', `\`${name}\`, assigned here,`);
    if (isAtom(val)) object.fields.set(name, { kind: 'cell', cell: this.newCell(name, typeOf(val), val) });
    else object.fields.set(name, { kind: 'val', val });
  }

  refuseCopied(object: StructVal, node: ts.Node): void {
    if (this.copied.has(object))
      this.refuse(node, 'function-value', 'an object that holds functions and has been stored');
  }

  boundTo(fn: FunctionVal, self: Val): FunctionVal {
    return { ...fn, self };
  }

  isZero(atom: Atom): boolean {
    return isConst(atom, 0);
  }

  isGrowing(val: Val): boolean {
    return val.kind === 'value' && this.growing.has(val);
  }

  isDoubtful(val: Val): boolean {
    return val.kind === 'value' && this.doubtful.has(val);
  }

  readCell(cell: Cell): Value {
    const read = this.b.read(cell);
    this.#named.set(read, 0);
    if (this.growing.has(cell)) this.growing.add(read);
    this.doubtful.add(read);
    return read;
  }

  writeCell(cell: Cell, atom: Atom): void {
    if (this.isGrowing(atom)) this.growing.add(cell);
    this.b.write(cell, atom);
  }

  newCell(name: string, type: Type, init: Atom | undefined): Cell {
    const cell = { name, type };
    if (init !== undefined && this.isGrowing(init)) this.growing.add(cell);
    this.b.cell(cell, init);
    return cell;
  }

  // ------------------------------------------------------------ types

  /** The IR type of a checker's type, or undefined if there is none. */
  tryType(type: ts.Type): Type | undefined {
    const found = this.convert(type);
    return found.kind === 'unreadable' ? undefined : found;
  }

  convert(type: ts.Type): Type | Unreadable {
    const { types } = this.session.program;
    return types.convert(type, this.scope.hasTypes ? (t) => this.scope.findType(t) : undefined);
  }

  /** The type that a type annotation says. */
  annotated(node: ts.TypeNode): Type | undefined {
    this.refuseAny(node);
    return this.tryType(this.checker.getTypeFromTypeNode(node));
  }

  refuseAny(node: ts.TypeNode): void {
    if (this.session.program.isVirtual(node.getSourceFile().fileName)) return;
    const found = findAny(node);
    if (found !== undefined) this.refuse(found, 'any-type', `\`${node.parent.getText().slice(0, 60)}\``);
  }
}

/** Whether a name is declared by `const`. */
function isConstant(name: ts.Identifier): boolean {
  let at: ts.Node = name.parent;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return ts.isVariableDeclaration(at) && (at.parent.flags & ts.NodeFlags.Const) !== 0;
}

const findAny = (node: ts.Node): ts.Node | undefined => findNode(node, ({ kind }) => kind === ts.SyntaxKind.AnyKeyword);

export function newFrame(
  node: ts.Node,
  entry: Builder,
  expected: Type | undefined,
  outer: Frame | undefined,
  args: readonly Val[],
  of?: Scope,
): Frame {
  const depth = outer === undefined ? 0 : outer.depth + 1;
  const start = entry.stmts.length;
  return {
    node,
    of,
    depth,
    entry,
    start,
    expected,
    outer,
    args,
    flags: new Map(),
    direct: undefined,
    result: undefined,
    returned: [],
    returnsNothing: false,
    broken: false,
  };
}
