/** What an expression lowers to: an atom of the IR, or something that exists at compile time only. */

import type { ts } from 'ts-morph';
import type { Builder } from '../ir/build.js';
import type { Atom, Cell, Mode, Type, Value } from '../ir/types.js';

export type Val =
  | Atom
  | FunctionVal
  | BuiltinVal
  | MethodVal
  | NamespaceVal
  | ClassVal
  | StructVal
  | ListVal
  | SpreadVal
  | OperatorVal
  | DerivativeVal
  | ChoiceVal
  | NothingVal
  | BrokenVal;

export type FunctionNode = ts.FunctionLikeDeclaration;

/** A function of the user's and the scope it was created in. */
export interface FunctionVal {
  readonly kind: 'function';
  readonly node: FunctionNode;
  readonly scope: Scope;
  readonly self?: Val;
  readonly name: string;
  /** Runs when the parameters are bound, before the body: fields of an instance. */
  readonly prepare?: () => void;
}

/** A function of the language: `Math.sin`, `Number.isFinite`, `Array.from`. Globals of several names have dots. */
export interface BuiltinVal {
  readonly kind: 'builtin';
  readonly name: string;
}

/** A method of the language taken off its object: `xs.map`, before it is called. */
export interface MethodVal {
  readonly kind: 'method';
  readonly object: Val;
  readonly name: string;
}

/** `Math`, an imported module, a namespace, an enum. */
export interface NamespaceVal {
  readonly kind: 'namespace';
  readonly name: string;
  readonly member: (name: string) => Val | undefined;
  /** Names of the members, where that is known. */
  readonly names?: () => readonly string[];
}

export interface ClassVal {
  readonly kind: 'class';
  readonly node: ts.ClassLikeDeclaration;
  readonly scope: Scope;
  readonly name: string;
}

/**
 * An object that is taken apart at compile time: its fields are bindings. Object literals that hold functions,
 * and instances under construction.
 */
export interface StructVal {
  readonly kind: 'struct';
  readonly fields: Map<string, Binding>;
  readonly class?: ClassVal;
}

/** An array whose elements are compile-time values: `[sin, cos]`. */
export interface ListVal {
  readonly kind: 'list';
  readonly items: readonly Val[];
  /** Of one that started empty: where it was made, the only block in which it may grow. */
  readonly at?: Builder;
}

/** `...xs` as an argument, where the length of xs is not known. */
export interface SpreadVal {
  readonly kind: 'spread';
  readonly array: Value;
  /** It is the rest parameter's own already. */
  readonly own?: true;
}

export type OperatorName = 'grad' | 'valueAndGrad' | 'vjp' | 'jvp' | 'hvp' | 'jacobian' | 'hessian';

/** `grad(f, 1)`: an operator of the user's applied to a function, with respect to one parameter or to several. */
export interface DerivativeVal {
  readonly kind: 'derivative';
  readonly name: OperatorName;
  readonly target: Val;
  readonly wrt: number | readonly number[];
}

/** `vjp(h)` of adgen's own templates: an operator applied to a function of a module. */
export interface OperatorVal {
  readonly kind: 'operator';
  readonly mode: Mode;
  readonly into: boolean;
  /** The only parameter that is active, by name. */
  readonly wrt?: string;
  readonly target: Val;
}

/** One of two functions, chosen at run time. */
export interface ChoiceVal {
  readonly kind: 'choice';
  readonly cond: Atom;
  readonly then: Val;
  readonly else: Val;
}

/** What a call of a function without result gives. */
export interface NothingVal {
  readonly kind: 'nothing';
}

/** Stands for what has been refused already: whatever uses it is refused without another message. */
export interface BrokenVal {
  readonly kind: 'broken';
}

export const broken: BrokenVal = { kind: 'broken' };
export const nothing: NothingVal = { kind: 'nothing' };

export const isAtom = (val: Val): val is Atom => val.kind === 'value' || val.kind === 'const';

/** `at`: for a variable that may be assigned, the block it is declared in. */
export type Binding =
  { readonly kind: 'val'; readonly val: Val; readonly at?: Builder } | { readonly kind: 'cell'; readonly cell: Cell };

/** Names and what they are bound to; blocks nest as in the source. */
export class Scope {
  readonly #outer: Scope | undefined;
  readonly #names = new Map<string, Binding>();
  readonly #types = new Map<ts.Type, Type>();
  /** Looks up names that are not found: those of the module. */
  readonly #beyond: ((name: string) => Binding | undefined) | undefined;

  constructor(outer?: Scope, beyond?: (name: string) => Binding | undefined) {
    this.#outer = outer;
    this.#beyond = beyond;
  }

  /** The same scope, or that of methods of the same class, which is made anew for every mention of one. */
  isSame(other: Scope): boolean {
    const [own, others] = [this, other].map((scope) => scope.#names.get(' class'));
    return (
      this === other ||
      (this.#outer === other.#outer &&
        own?.kind === 'val' &&
        others?.kind === 'val' &&
        own.val.kind === 'class' &&
        others.val.kind === 'class' &&
        own.val.node === others.val.node)
    );
  }

  bind(name: string, val: Val): void {
    this.#names.set(name, { kind: 'val', val });
  }

  /** A variable that holds something that exists at compile time only, and may be assigned such again. */
  bindVariable(name: string, val: Val, at: Builder): void {
    this.#names.set(name, { kind: 'val', val, at });
  }

  /** Gives such a variable another value. */
  rebind(name: string, val: Val): void {
    const binding = this.#names.get(name);
    if (binding === undefined) this.#outer?.rebind(name, val);
    else if (binding.kind === 'val' && binding.at !== undefined) this.bindVariable(name, val, binding.at);
  }

  bindCell(name: string, cell: Cell): void {
    this.#names.set(name, { kind: 'cell', cell });
  }

  find(name: string): Binding | undefined {
    return this.#names.get(name) ?? this.#beyond?.(name) ?? this.#outer?.find(name);
  }

  /** The same, unless it is of the module. */
  local(name: string): Binding | undefined {
    return this.#beyond ? undefined : (this.#names.get(name) ?? this.#outer?.local(name));
  }

  /** The binding of this very scope. */
  own(name: string): Binding | undefined {
    return this.#names.get(name);
  }

  /** Whether any type parameter is bound here: most functions have none. */
  get hasTypes(): boolean {
    return this.#types.size > 0 || (this.#outer?.hasTypes ?? false);
  }

  bindType(parameter: ts.Type, type: Type): void {
    this.#types.set(parameter, type);
  }

  /** What a type parameter stands for in the call that is being inlined. */
  findType(parameter: ts.Type): Type | undefined {
    return this.#types.get(parameter) ?? this.#outer?.findType(parameter);
  }
}
