/** Lowering one function: parameters from its signature, its body inlined, what its result needs. */

import { ts } from 'ts-morph';
import { absent, field, typeOf, value, voidType } from '../ir/build.js';
import { withOperands } from '../ir/capture.js';
import { lift } from '../ir/lift.js';
import { printType } from '../ir/print.js';
import { tangentType } from '../ir/structure.js';
import type { Atom, Fn, Param, Type } from '../ir/types.js';
import { type Diagnostic, Report } from '../diagnostics/report.js';
import { callOf, call } from './calls.js';
import { shareAssigned } from './captures.js';
import { generated } from './constructors.js';
import { type Handlers, Lower, Refused, type Session } from './context.js';
import { expression } from './expressions.js';
import { inline } from './functions.js';
import { arrayOfAtoms } from './literals.js';
import { generatedMark } from '../generated-mark.js';
import type { Program } from './load.js';
import { exportedValue, Modules, moduleScope } from './modules.js';
import { reportMutations } from './module-state.js';
import { condition } from './operators.js';
import { declarations, statement } from './statements.js';
import { NotInlined, type Reason } from './helpers.js';
import { switchEntries } from './switch.js';
import { asPassed, holdsCollection, holdsShortTuple, saysNull } from './types.js';
import { type FunctionNode, type FunctionVal, Scope, type Val } from './values.js';

export interface LowerOptions {
  /** Parameters that are fixed to a number now. */
  readonly constants?: ReadonlyMap<string, number>;
  /** Says which parameters of a function that an operator is applied to are active; default: by their types. */
  readonly refine?: (fn: Fn) => Fn;
}

export type Lowered =
  | { readonly fn: Fn; readonly diagnostics: readonly Diagnostic[] }
  | { readonly fn?: undefined; readonly diagnostics: readonly Diagnostic[] };

/** Lowers an exported function of a file, by default the file that was loaded. Diagnostics may hold notes beside `fn`. */
export function lowerFunction(
  program: Program,
  name: string,
  file = program.file,
  options: LowerOptions = {},
): Lowered {
  const called = new Map<ts.Node, Reason>();
  for (;;) {
    const report = new Report();
    try {
      const fn = new Lowering(program, report, options, called).exported(name, file);
      const found = report.list();
      return fn === undefined || report.hasErrors ? { diagnostics: found } : { fn, diagnostics: found };
    } catch (error) {
      if (!(error instanceof NotInlined) || called.get(error.node) === error.reason) throw error;
      called.set(error.node, error.reason);
    }
  }
}

/** What the functions of one request share: functions that operators are applied to are lowered once. */
class Lowering {
  readonly #program: Program;
  readonly #report: Report;
  readonly #options: LowerOptions;
  readonly #modules: Modules;
  readonly #closed = new Map<ts.Node, Map<string, Fn>>();

  constructor(
    program: Program,
    report: Report,
    options: LowerOptions,
    readonly called: ReadonlyMap<ts.Node, Reason>,
  ) {
    this.#program = program;
    this.#report = report;
    this.#options = options;
    this.#modules = new Modules(program);
  }

  exported(name: string, file: string): Fn | undefined {
    const source = this.#program.sourceFile(file);
    const symbol = source && this.#program.checker.getSymbolAtLocation(source);
    const exported = symbol && this.#program.checker.getExportsOfModule(symbol).find((each) => each.name === name);
    if (source === undefined || exported === undefined) throw new Error(`${file} does not export ${name}`);
    const target = exported.flags & ts.SymbolFlags.Alias ? this.#program.checker.getAliasedSymbol(exported) : exported;
    const declaration = target.valueDeclaration ?? target.declarations?.[0];
    if (declaration === undefined) throw new Error(`${name} has no declaration`);
    const cx = this.#start(source);
    return attempt(cx, declaration, () => {
      const val = exportedValue(implementation(target) ?? declaration, this.#modules, cx);
      if (val?.kind !== 'function') return cx.refuse(declaration, 'function-value', `\`${name}\``);
      const type = this.#program.checker.getTypeOfSymbol(target);
      const signature = type.getCallSignatures().at(0);
      const parameters = val.node.parameters.filter((p) => p.name.getText() !== 'this');
      const types = parameters.map((parameter, k) => parameterType(parameter, signature?.parameters[k], cx));
      const result = signature && cx.tryType(signature.getReturnType());
      return this.#finish(name, val, types, result && asPassed(result), cx);
    });
  }

  /** A function on its own, for an operator: parameters have the types of the arguments. */
  closed(fn: FunctionVal, types: readonly Type[], at: ts.Node, outer: Lower): Fn {
    const key = types.map(printType).join();
    const known = this.#closed.get(fn.node)?.get(key);
    if (known !== undefined) return known;
    if (!isOfModule(fn.node)) return outer.refuse(at, 'operator-use', 'the operator', 'is applied to a local function');
    const cx = this.#start(fn.node.getSourceFile());
    const scope = cx.session.moduleScope(fn.node.getSourceFile());
    const found = attempt(cx, at, () => this.#finish(fn.name, { ...fn, scope }, types, undefined, cx));
    if (found === undefined) throw new Refused();
    const refined = this.#options.refine?.(found) ?? found;
    const ofNode = this.#closed.get(fn.node) ?? new Map<string, Fn>();
    this.#closed.set(fn.node, ofNode.set(key, refined));
    return refined;
  }

  #start(source: ts.SourceFile): Lower {
    const scopes = new Map<ts.SourceFile, Scope>();
    const session: Session = {
      program: this.#program,
      report: this.#report,
      handlers,
      moduleScope: (file) => {
        let scope = scopes.get(file);
        if (scope === undefined) scopes.set(file, (scope = moduleScope(file, this.#modules, () => cx)));
        return scope;
      },
      closed: (fn, types, at) => this.closed(fn, types, at, cx),
      called: this.called,
      helpers: [],
      inlined: new Map(),
      codes: [],
      removals: { inHelper: false, whileVisiting: false },
    };
    const cx: Lower = new Lower(session, new Scope(), source);
    cx.scope = session.moduleScope(source);
    return cx;
  }

  #finish(
    name: string,
    val: FunctionVal,
    types: readonly Type[],
    declared: Type | undefined,
    cx: Lower,
  ): Fn | undefined {
    const { node } = val;
    const parameters = node.parameters.filter((p) => p.name.getText() !== 'this');
    const params: Param[] = [];
    const args = parameters.map((parameter, k): Val => {
      const fixed = ts.isIdentifier(parameter.name) ? this.#options.constants?.get(parameter.name.text) : undefined;
      if (fixed !== undefined) return { kind: 'const', value: fixed };
      if (k === parameters.length - 1 && isOut(parameter)) return absent;
      const param = makeParam(parameter, types[k] ?? voidType, k, cx);
      params.push(param);
      // A rest parameter is the array that is passed.
      return parameter.dotDotDotToken
        ? { kind: 'spread', array: param.value, own: true }
        : withoutNull(param.value, parameter, cx);
    });
    const origin = cx.originOf(node.name ?? node);
    cx.b.origin = origin;
    const found = inline(val, args, node.name ?? node, cx);
    if (found.kind === 'broken') return undefined;
    if (this.#report.hasErrors) return undefined;
    refuseNull(node, cx);
    const atom = resultAtom(found, declared, node, cx);
    const result = declared ?? typeOf(atom);
    if (holdsCollection(result)) return cx.refuse(node.type ?? node.name ?? node, 'collection-outside', 'the result');
    if (holdsShortTuple(result)) {
      return cx.refuse(node.type ?? node.name ?? node, 'mixed-types', 'a tuple', 'a shorter one');
    }
    const stmts = [...cx.prologue.stmts, ...cx.b.stmts];
    const fn: Fn = { name, params, result, body: { stmts, yields: [atom] }, origin };
    const helpers = cx.session.helpers.flatMap((helper) => helper.fn ?? []);
    const whole =
      helpers.length === 0
        ? fn
        : withOperands({ ...fn, helpers }, (cell, at) =>
            cx.refuseAt(at.origin ?? origin, 'operator-effect', cell.name),
          );
    return reportMutations(whole, cx) ? undefined : lift(shareAssigned(whole));
  }
}

const handlers: Handlers = {
  expression,
  statement,
  declarations,
  switchEntries,
  condition,
  call,
  callOf: (callee, node, cx) => callOf(callee, node, cx, undefined),
  arrayOf: (atoms, node, cx) => arrayOfAtoms(atoms, undefined, node, cx),
};

/** A result that is `null` would come out as `undefined`. */
function refuseNull(node: FunctionNode, cx: Lower): void {
  const signature = cx.checker.getSignatureFromDeclaration(node);
  const type = signature && cx.session.program.types.outside(cx.checker.getReturnTypeOfSignature(signature));
  if (type !== undefined && type.kind !== 'unreadable' && saysNull(type))
    cx.refuse(node.type ?? node.name ?? node, 'null-type', 'the result');
}

function resultAtom(found: Val, declared: Type | undefined, node: ts.Node, cx: Lower): Atom {
  const atom = cx.toAtom(found, node);
  return declared === undefined ? atom : cx.coerce(atom, declared, node);
}

function attempt<T>(cx: Lower, node: ts.Node, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    // Expressions or calls nested thousands deep.
    if (error instanceof RangeError && error.message.includes('call stack')) {
      cx.note(node, 'too-large', (ts.getNameOfDeclaration(node as ts.Declaration) ?? node).getText().slice(0, 40));
      return undefined;
    }
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/** Of overloads, the declaration with a body. */
const implementation = (symbol: ts.Symbol): ts.Declaration | undefined =>
  symbol.declarations?.find((d) => ts.isFunctionDeclaration(d) && d.body !== undefined);

/** The parameter `out` of a function that adgen emitted: in what is derived from it, results are always fresh. */
const isOut = (parameter: ts.ParameterDeclaration): boolean =>
  ts.isIdentifier(parameter.name) &&
  /^out\d*$/.test(parameter.name.text) &&
  (parameter.questionToken !== undefined || parameter.initializer !== undefined) &&
  parameter.getSourceFile().text.startsWith(generatedMark);

const isOfModule = (node: ts.Node): boolean => {
  let at = node.parent;
  while (
    ts.isVariableDeclaration(at) ||
    ts.isVariableDeclarationList(at) ||
    ts.isVariableStatement(at) ||
    ts.isParenthesizedExpression(at)
  )
    at = at.parent;
  return ts.isSourceFile(at) || ts.isExportAssignment(at);
};

function parameterType(parameter: ts.ParameterDeclaration, symbol: ts.Symbol | undefined, cx: Lower): Type {
  if (parameter.type !== undefined) cx.refuseAny(parameter.type);
  const type = symbol === undefined ? cx.checker.getTypeAtLocation(parameter) : cx.checker.getTypeOfSymbol(symbol);
  const converted = cx.session.program.types.given(type);
  if (converted.kind === 'unreadable') return cx.refuseType(parameter, `\`${parameter.name.getText()}\``, converted);
  const found = asPassed(converted);
  if (holdsCollection(found))
    return cx.refuse(parameter, 'collection-outside', `the parameter \`${parameter.name.getText()}\``);
  const isOptional = parameter.questionToken !== undefined || parameter.initializer !== undefined;
  return isOptional && found.kind !== 'optional' ? { kind: 'optional', of: found } : found;
}

/** What is passed, with `undefined` for every `null`. */
function withoutNull(atom: Atom, node: ts.Node, cx: Lower): Atom {
  const type = typeOf(atom);
  if (!saysNull(type)) return atom;
  cx.at(node);
  if (type.kind === 'record') {
    const parts = type.fields.map((f) => withoutNull(cx.b.load(atom, field(f.name)), node, cx));
    return cx.b.make({ ...type, fields: type.fields.map((f, k) => ({ ...f, type: typeOf(parts[k] ?? atom) })) }, parts);
  }
  if (type.kind === 'array')
    return generated(
      cx.b.length(atom),
      'list',
      node,
      cx,
      (i) => withoutNull(cx.elementInside(atom, i), node, cx),
      type.fixed,
    );
  const present = (): Val => withoutNull(cx.defined(atom), node, cx);
  return cx.toAtom(
    cx.choose(cx.isDefined(atom), present, () => absent, node),
    node,
  );
}

function makeParam(parameter: ts.ParameterDeclaration, type: Type, k: number, cx: Lower): Param {
  const name = ts.isIdentifier(parameter.name) ? parameter.name.text : `arg${k}`;
  const active = tangentType(type) !== undefined && !isEnumeration(cx.checker.getTypeAtLocation(parameter));
  const v = value(type, name);
  return type.kind === 'optional' ? { value: v, active, optional: true } : { value: v, active };
}

/** Enums and unions of number literals choose; they do not vary. */
export function isEnumeration(type: ts.Type): boolean {
  const { EnumLike, NumberLiteral, Undefined } = ts.TypeFlags;
  if (type.flags & (EnumLike | NumberLiteral)) return true;
  return type.isUnion() && type.types.every((t) => t.flags & (EnumLike | NumberLiteral | Undefined));
}
