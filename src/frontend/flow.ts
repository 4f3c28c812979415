/**
 * How a statement can be left: by reaching its end, or by a return, break or continue to something around it.
 * Purely syntactic; conditions are taken to go either way, except the literal `true`.
 */

import { ts } from 'ts-morph';

/** One place that statements jump to. `of`: the function, loop, switch or labelled statement that is left or continued. */
export interface Exit {
  readonly kind: 'return' | 'break' | 'continue';
  readonly of: ts.Node | undefined;
}

export interface Flow {
  readonly exits: ReadonlySet<Exit>;
  /** Whether its end can be reached. A `throw` reaches nothing. */
  readonly completes: boolean;
}

export const none: Flow = { exits: new Set(), completes: true };

/** One statement after the other. */
export function sequence(flows: readonly Flow[]): Flow {
  const exits = new Set<Exit>();
  for (const flow of flows) {
    for (const exit of flow.exits) exits.add(exit);
    if (!flow.completes) return { exits, completes: false };
  }
  return exits.size === 0 ? none : { exits, completes: true };
}

/** Either of them. */
export function either(flows: readonly Flow[]): Flow {
  const exits = new Set(flows.flatMap((flow) => [...flow.exits]));
  const completes = flows.some((flow) => flow.completes);
  return exits.size === 0 && completes ? none : { exits, completes };
}

/** Without the exits to `caught`, which lead to the end. */
export function catching(flow: Flow, ...caught: readonly Exit[]): Flow {
  const exits = new Set(flow.exits);
  let completes = flow.completes;
  for (const exit of caught) completes = exits.delete(exit) || completes;
  return { exits, completes };
}

export const isLoop = (node: ts.Node): node is ts.IterationStatement =>
  ts.isForStatement(node) ||
  ts.isForOfStatement(node) ||
  ts.isForInStatement(node) ||
  ts.isWhileStatement(node) ||
  ts.isDoStatement(node);

/** Finds flows and remembers them; one per program. */
export class FlowAnalysis {
  readonly #flows = new WeakMap<ts.Node, Flow>();
  readonly #breaks = new WeakMap<ts.Node, Exit>();
  readonly #continues = new WeakMap<ts.Node, Exit>();
  readonly #returned: Exit = { kind: 'return', of: undefined };

  /** All returns are one exit: a statement is analysed within one function. */
  get return(): Exit {
    return this.#returned;
  }

  breakOf(node: ts.Node): Exit {
    return remember(this.#breaks, node, () => ({ kind: 'break', of: node }));
  }

  continueOf(node: ts.Node): Exit {
    return remember(this.#continues, node, () => ({ kind: 'continue', of: node }));
  }

  /** The exit that a break, continue or return takes. */
  exitOf(node: ts.BreakStatement | ts.ContinueStatement | ts.ReturnStatement): Exit {
    if (ts.isReturnStatement(node)) return this.#returned;
    const { label } = node;
    for (let at: ts.Node = node.parent; !ts.isSourceFile(at); at = at.parent) {
      if (label !== undefined) {
        if (!ts.isLabeledStatement(at) || at.label.text !== label.text) continue;
        const target = unlabelled(at);
        if (ts.isContinueStatement(node)) return this.continueOf(target);
        // A labelled loop or switch is left like the loop itself.
        return this.breakOf(isLoop(target) || ts.isSwitchStatement(target) ? target : at);
      }
      if (isLoop(at)) return ts.isContinueStatement(node) ? this.continueOf(at) : this.breakOf(at);
      if (ts.isSwitchStatement(at) && ts.isBreakStatement(node)) return this.breakOf(at);
    }
    throw new Error('a jump without target: the type checker should have found it');
  }

  of(node: ts.Statement): Flow {
    return remember(this.#flows, node, () => this.#find(node));
  }

  ofList(list: readonly ts.Statement[]): Flow {
    return sequence(list.map((each) => this.of(each)));
  }

  #find(node: ts.Statement): Flow {
    if (ts.isReturnStatement(node) || ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
      return { exits: new Set([this.exitOf(node)]), completes: false };
    }
    if (ts.isThrowStatement(node)) return { exits: new Set(), completes: false };
    if (ts.isBlock(node)) return this.ofList(node.statements);
    if (ts.isIfStatement(node)) {
      return either([this.of(node.thenStatement), node.elseStatement ? this.of(node.elseStatement) : none]);
    }
    if (ts.isLabeledStatement(node)) return catching(this.of(node.statement), this.breakOf(node));
    if (isLoop(node)) {
      const body = catching(this.of(node.statement), this.continueOf(node));
      // Only a loop on `true`, or on nothing, is not left by its condition.
      const looping = { exits: body.exits, completes: !isEndless(node) && (body.completes || !ts.isDoStatement(node)) };
      return catching(looping, this.breakOf(node));
    }
    if (ts.isSwitchStatement(node)) {
      const { clauses } = node.caseBlock;
      const flows = clauses.map((clause) => this.ofList(clause.statements));
      const last = flows.at(-1);
      const exits = new Set(flows.flatMap((flow) => [...flow.exits]));
      const completes = !clauses.some(ts.isDefaultClause) || last === undefined || last.completes;
      return catching({ exits, completes }, this.breakOf(node));
    }
    return none;
  }
}

/** Whether the condition of a loop is absent or the literal `true`. */
function isEndless(node: ts.IterationStatement): boolean {
  if (ts.isForStatement(node)) return node.condition === undefined || isTrue(node.condition);
  return (ts.isWhileStatement(node) || ts.isDoStatement(node)) && isTrue(node.expression);
}

const isTrue = (node: ts.Expression): boolean =>
  node.kind === ts.SyntaxKind.TrueKeyword || (ts.isNumericLiteral(node) && Number(node.text) !== 0);

function unlabelled(node: ts.LabeledStatement): ts.Statement {
  let at: ts.Statement = node;
  while (ts.isLabeledStatement(at)) at = at.statement;
  return at;
}

function remember<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = make()));
  return found;
}
