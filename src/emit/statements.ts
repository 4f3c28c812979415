/** Prints the tree: declarations, assignments, stores, `if`s; loops are in `loops.ts`. */

import { typeOf } from '../ir/build.js';
import type { Atom, Stmt, Type, Value } from '../ir/types.js';
import type { Expr } from './expressions.js';
import { assignment, at, levels, negate, operation, plain, template } from './expressions.js';
import type { Folding } from './fold.js';
import { loop } from './loops.js';
import type { Step, Variable, Variables } from './ssa-out.js';
import type { Out } from './text.js';
import { conditional, line } from './text.js';
import type { End, Node, Region } from './tree.js';
import { scopeOf } from './tree.js';
import type { TypeText } from './types.js';
import { initial } from './values.js';
import type { Values } from './values.js';

export interface Printer {
  readonly values: Values;
  readonly variables: Variables;
  readonly folding: Folding;
  readonly types: TypeText;
  readonly borrowed: ReadonlySet<Value>;
  /** The lines that return the result. */
  readonly result: (values: readonly Atom[]) => readonly Out[];
  /** Replaces the statement that makes an array, where `out` brings one along. */
  readonly allocate: (node: Node, name: string) => readonly Out[] | undefined;
}

export function printRegion(region: Region, cx: Printer): Out[] {
  const outs: Out[] = [];
  for (const node of region.nodes) {
    for (const variable of cx.variables.declaredBefore(node)) {
      outs.push(line(`let ${variable.name}: ${typeText(variable, cx)};`));
    }
    printNode(node, cx, outs);
  }
  printEnd(region.end, region, cx, outs);
  return outs;
}

function printNode(node: Node, cx: Printer, outs: Out[]): void {
  const { stmt } = node;
  const { values, folding } = cx;
  switch (stmt.kind) {
    case 'let':
    case 'load':
    case 'length':
    case 'alloc':
    case 'make':
    case 'slice':
    case 'view':
    case 'call':
    case 'pop': {
      const { target } = stmt;
      if (target !== undefined && folding.folded.has(target)) return;
      const variable = target && cx.variables.of(target);
      if (target === undefined || variable === undefined) {
        // Only these two are kept when nobody reads what they return.
        if (stmt.kind === 'pop') outs.push(line(`${at(values.atom(stmt.object), levels.member)}.pop();`));
        if (stmt.kind === 'call') outs.push(line(`${values.call(stmt).text};`));
        return;
      }
      const taken = cx.allocate(node, variable.name);
      if (taken !== undefined) outs.push(...taken);
      else outs.push(assign(variable, node.region, node.at + 1, values.definition(node, target), stmt, cx));
      return;
    }
    case 'store':
      outs.push(line(store(stmt, values)));
      return;
    case 'push': {
      const object = at(values.atom(stmt.object), levels.member);
      outs.push(line(`${object}.push(${values.stored(typeOf(stmt.object), stmt.value).text});`));
      return;
    }
    case 'resize':
      outs.push(line(`${at(values.atom(stmt.object), levels.member)}.length = ${values.text(stmt.length)};`));
      return;
    case 'throw':
      outs.push(line(throwing(stmt, values)));
      return;
    case 'if':
      outs.push(...ifStatement(node, stmt, cx));
      return;
    case 'for':
    case 'loop':
      outs.push(...steps(node, node.region, node.at + 1, cx), ...loop(node, cx));
      return;
    default:
      throw new Error(`\`${stmt.kind}\` reaches the emitter`);
  }
}

function store(stmt: Extract<Stmt, { kind: 'store' }>, values: Values): string {
  const stored = values.stored(typeOf(stmt.object), stmt.value);
  const updated = values.updated(stmt.object, stmt.key);
  if (stmt.add) return assignment(updated, operation('add', [plain(updated), stored]));
  const text = assignment(updated, stored);
  // `x[i]! = e` is for updates only.
  return text.startsWith(`${updated} = `) ? `${values.place(stmt.object, stmt.key)} = ${stored.text};` : text;
}

function throwing({ error, message }: Extract<Stmt, { kind: 'throw' }>, values: Values): string {
  const parts = message.map((part) => values.atom(part));
  return `throw new ${error}(${parts.length === 0 ? '' : template(parts)});`;
}

function ifStatement(node: Node, stmt: Extract<Stmt, { kind: 'if' }>, cx: Printer): Out[] {
  const { values, variables, folding } = cx;
  if (folding.choices.has(node)) return [];
  if (variables.choices.has(node)) {
    const target = stmt.results.find((result) => variables.of(result) !== undefined);
    const variable = target && variables.of(target);
    if (target === undefined || variable === undefined) return [];
    return [assign(variable, node.region, node.at + 1, values.choice(node, target), node.stmt, cx)];
  }
  const [then, otherwise] = node.children;
  if (then === undefined || otherwise === undefined) throw new Error('an `if` has two arms');
  const returned = returnedChoice(then, otherwise, stmt.cond, cx);
  if (returned !== undefined) return returned;
  const cond = values.atom(stmt.cond);
  const first = values.within(stmt.cond, true, () => printRegion(then, cx));
  const second = values.within(stmt.cond, false, () => printRegion(otherwise, cx));
  if (then.inline) return [...conditional(negate(cond), second, []), ...first];
  if (otherwise.inline) return [...conditional(cond, first, []), ...second];
  return conditional(cond, first, second);
}

/** `return c ? a : b`. */
function returnedChoice(then: Region, otherwise: Region, cond: Atom, cx: Printer): Out[] | undefined {
  const only = ({ nodes, end }: Region): Atom | undefined => {
    const gone = nodes.every(({ stmt }) => 'target' in stmt && stmt.target && cx.folding.folded.has(stmt.target));
    return gone && end.kind === 'return' && end.values.length === 1 ? end.values[0] : undefined;
  };
  const [yes, no] = [only(then), only(otherwise)];
  if (yes === undefined || no === undefined) return undefined;
  const size = cx.folding.size(cond) + cx.folding.size(yes) + cx.folding.size(no);
  if (size > 10 || [yes, no].some((atom) => isObject(typeOf(atom)))) return undefined;
  return [line(`return ${cx.values.chooseBy(cond, yes, no).text};`)];
}

const isObject = (type: Type): boolean => type.kind === 'record' || type.kind === 'array';

/** The assignments at the end of a block or the entry of a loop. */
export function steps(key: Region | Node, region: Region, position: number, cx: Printer): Out[] {
  return cx.variables
    .steps(key)
    .map(({ target, source }) => assign(target, region, position, stepSource(source, target, cx), undefined, cx));
}

function stepSource(source: Step['source'], target: Variable, { values }: Printer): Expr {
  if (!('kind' in source)) return plain(source.name);
  // A variable that was declared without a value: whatever it holds is never read.
  const open = source.kind === 'const' && source.value === undefined && target.type.kind !== 'optional';
  return open ? plain(initial(target.type) ?? 'undefined') : values.atom(source);
}

function assign(
  variable: Variable,
  region: Region,
  position: number,
  value: Expr,
  stmt: Stmt | undefined,
  cx: Printer,
): Out {
  const { name, first, home, writes, type } = variable;
  if (first.at !== position || scopeOf(region) !== home || first.region !== region)
    return line(assignment(name, value));
  const keyword = writes === 1 ? 'const' : 'let';
  const annotated = writes === 1 ? constantNeedsType(variable, stmt, cx) : needsTypeToChange(type, value);
  return line(`${keyword} ${name}${annotated ? `: ${typeText(variable, cx)}` : ''} = ${value.text};`);
}

const typeText = ({ type, members }: Variable, { types, borrowed }: Printer): string =>
  types.text(type, members.some((member) => borrowed.has(member)) ? 'read' : 'write');

/** Whether a `const` needs its type. `stmt` is what it is defined by, unless it is a copy of a variable. */
function constantNeedsType({ type, members }: Variable, stmt: Stmt | undefined, { variables }: Printer): boolean {
  if (stmt !== undefined && needsType(type, stmt, members)) return true;
  // TypeScript narrows unions by what is assigned to them, and so may go round in circles: a boolean is a union, too.
  const narrows = type.kind === 'bool' || type.kind === 'optional';
  if (!narrows || stmt === undefined) return narrows;
  const changes = (atom: Atom) => atom.kind === 'value' && (variables.of(atom)?.writes ?? 1) > 1;
  return stmt.kind === 'let' && stmt.args.some((arg) => typeOf(arg).kind === type.kind && changes(arg));
}

/** Whether TypeScript would find another type than this for the value of a `const`. */
function needsType(type: Type, stmt: Stmt, members: readonly Value[]): boolean {
  if (type.kind === 'optional') return needsType(type.of, stmt, members);
  if (stmt.kind === 'if') {
    const k = stmt.results.findIndex((result) => members.includes(result));
    return [stmt.then, stmt.else].some(({ stmts, yields }) => {
      const made = stmts.find((inner) => 'target' in inner && inner.target === yields[k]);
      return made !== undefined && needsType(type, made, members);
    });
  }
  if (stmt.kind !== 'make' && stmt.kind !== 'alloc' && stmt.kind !== 'slice') return false;
  // A literal of a tuple would be taken for an array.
  if (type.kind === 'record')
    return type.tuple === true || type.fields.some((f) => f.type.kind !== 'num' && f.type.kind !== 'bool');
  if (type.kind !== 'array' || type.storage !== 'list') return false;
  if (type.fixed !== undefined) return true;
  const empty = stmt.kind === 'make' ? stmt.parts.length === 0 : stmt.kind === 'alloc' && isZero(stmt.length);
  return empty || (stmt.kind === 'make' && isObject(type.elem));
}

/** Whether a `let` needs its type: TypeScript would take that of the first value, which may be narrower. */
function needsTypeToChange(type: Type, { text }: Expr): boolean {
  if (type.kind === 'bool') return text !== 'true' && text !== 'false';
  return type.kind === 'optional' || isObject(type);
}

const isZero = (atom: Atom): boolean => atom.kind === 'const' && atom.value === 0;

function printEnd(end: End, region: Region, cx: Printer, outs: Out[]): void {
  switch (end.kind) {
    case 'return':
      outs.push(...cx.result(end.values));
      return;
    case 'yield':
      outs.push(...steps(region, region, region.stop + 1, cx));
      return;
    case 'next':
      outs.push(...steps(region, region, region.stop + 1, cx));
      if (end.again !== undefined) outs.push(...leave(end.again, region, cx));
      return;
    default:
  }
}

function leave(again: Atom, region: Region, { values, variables }: Printer): Out[] {
  if (again.kind === 'const') return again.value === true ? [] : [line('break;')];
  const saved = variables.again(region);
  const cond = saved === undefined ? values.atom(again) : plain(saved.name);
  return [{ kind: 'if', cond: negate(cond), then: [line('break;')], else: [] }];
}
