/** From the checker's types to those of the IR. */

import { ts } from 'ts-morph';
import { arrayOf, bool, num, str, voidType } from '../ir/build.js';
import type { CodeName } from '../diagnostics/codes.js';
import type { ArrayType, Field, RecordType, Storage, Type, TypeSource } from '../ir/types.js';
import type { Names } from './names.js';

/** Why a type of the source has no counterpart in the IR. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly code: Extract<
    CodeName,
    'any-type' | 'unsupported-type' | 'recursive-type' | 'collection' | 'bigint' | 'dictionary'
  >;
  readonly text: string;
  /** The type is, or holds, a function: it can be followed at compile time only. */
  readonly functional?: true;
  /** The type is a type parameter without a known value. */
  readonly generic?: true;
}

export const typedArrays: ReadonlyMap<string, Storage> = new Map([
  ['Float64Array', 'f64'],
  ['Float32Array', 'f32'],
  ['Uint8Array', 'u8'],
  ['Int32Array', 'i32'],
]);

const lists = new Set(['Array', 'ReadonlyArray']);
const collections = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'ReadonlyMap', 'ReadonlySet']);

const { TypeFlags, ObjectFlags, SymbolFlags } = ts;
/** The part of `number & { brand }` or `T & {}` that says what the values are. */
function onlyPart({ types }: ts.IntersectionType, checker: ts.TypeChecker): ts.Type | undefined {
  const primary = types.find((t) => t.flags & primitive);
  const others = types.filter((t) => !(t.flags & TypeFlags.Object) || checker.getPropertiesOfType(t).length > 0);
  return primary ?? (others.length === 1 ? others[0] : undefined);
}

const primitive = TypeFlags.NumberLike | TypeFlags.BooleanLike | TypeFlags.StringLike;

/** Converts types and remembers the answers; one per program. */
export class Types {
  readonly #checker: ts.TypeChecker;
  readonly #names: Names;
  readonly #known = new Map<ts.Type, Type | Unreadable>();

  constructor(checker: ts.TypeChecker, names: Names) {
    this.#checker = checker;
    this.#names = names;
  }

  /** `parameter` gives the IR type of a type parameter, where it is known. */
  convert(type: ts.Type, parameter?: (type: ts.Type) => Type | undefined): Type | Unreadable {
    if (parameter !== undefined) return withoutNull(this.#convert(type, parameter, new Set()));
    let found = this.#known.get(type);
    if (found === undefined) this.#known.set(type, (found = withoutNull(this.outside(type))));
    return found;
  }

  /** The type of a parameter of an exported function. What is only read by index, `ArrayLike<number>`, is given as a list. */
  given(type: ts.Type): Type | Unreadable {
    if (type.symbol?.name !== 'ArrayLike' || !this.#isLibrary(type)) return this.outside(type);
    const [elem] = this.#checker.getTypeArguments(type as ts.TypeReference); // ArrayLike is generic
    const converted = elem === undefined ? this.#no(type) : this.outside(elem);
    return converted.kind === 'unreadable' ? converted : { ...arrayOf(converted), readonly: true };
  }

  /** The type of what comes from or goes outside: there, `null` is another value than `undefined`. */
  outside(type: ts.Type): Type | Unreadable {
    return this.#convert(type, () => undefined, new Set());
  }

  #convert(type: ts.Type, parameter: (type: ts.Type) => Type | undefined, inside: Set<ts.Type>): Type | Unreadable {
    const { flags } = type;
    const checker = this.#checker;
    if (flags & TypeFlags.TypeParameter) {
      const found = parameter(type);
      if (found !== undefined) return found;
      const constraint = this.#checker.getBaseConstraintOfType(type);
      if (constraint === undefined || constraint === type) return { ...this.#no(type), generic: true };
      const bound = this.#convert(constraint, parameter, inside);
      return bound.kind === 'unreadable' ? { ...bound, generic: true } : bound;
    }
    if (flags & TypeFlags.Any) return { ...this.#no(type), code: 'any-type' };
    if (flags & TypeFlags.NumberLike) return num;
    if (flags & TypeFlags.BooleanLike) return bool;
    if (type.isStringLiteral()) return { kind: 'str', among: [type.value] };
    if (flags & TypeFlags.StringLike) return str;
    if (flags & (TypeFlags.Void | TypeFlags.Undefined)) return voidType;
    if (flags & TypeFlags.BigIntLike) return { ...this.#no(type), code: 'bigint' };
    if (type.isUnion()) return this.#union(type, parameter, inside);
    // `number & { brand }` is a number.
    const plain = type.isIntersection() ? onlyPart(type, checker) : undefined;
    if (plain !== undefined) return this.#convert(plain, parameter, inside);
    if (flags & (TypeFlags.Object | TypeFlags.Intersection)) {
      if (inside.has(type)) return { ...this.#no(type), code: 'recursive-type' };
      inside.add(type);
      const found = this.#object(type, parameter, inside);
      inside.delete(type);
      return found;
    }
    if (flags & (TypeFlags.IndexedAccess | TypeFlags.Conditional | TypeFlags.Index)) {
      const constraint = this.#checker.getBaseConstraintOfType(type);
      if (constraint !== undefined && constraint !== type) return this.#convert(constraint, parameter, inside);
    }
    return this.#no(type);
  }

  #no(type: ts.Type): Unreadable {
    return { kind: 'unreadable', code: 'unsupported-type', text: this.#checker.typeToString(type) };
  }

  #union(type: ts.UnionType, parameter: (type: ts.Type) => Type | undefined, inside: Set<ts.Type>): Type | Unreadable {
    const absent = type.types.filter((t) => t.flags & (TypeFlags.Undefined | TypeFlags.Null | TypeFlags.Void));
    const present = type.types.filter((t) => !absent.includes(t));
    const parts: Type[] = [];
    for (const member of present) {
      const converted = this.#convert(member, parameter, inside);
      if (converted.kind === 'unreadable') {
        return converted.code === 'recursive-type'
          ? converted
          : { ...converted, text: this.#checker.typeToString(type) };
      }
      parts.push(converted);
    }
    const merged = this.#classUnion(present, parts, type, inside) ?? mergeAll(parts);
    if (merged === undefined) return this.#no(type);
    if (merged.kind === 'unreadable') return merged;
    const named = withSource(merged, this.#source(type));
    if (absent.length === 0) return named;
    const nullable = absent.some((t) => t.flags & TypeFlags.Null);
    return nullable ? { kind: 'optional', of: named, nullable } : { kind: 'optional', of: named };
  }

  /** `A | B` of classes with methods. */
  #classUnion(
    members: readonly ts.Type[],
    parts: readonly Type[],
    type: ts.Type,
    inside: Set<ts.Type>,
  ): RecordType | Unreadable | undefined {
    const classes = members.map((member) => {
      const several = this.#names.classesOf(member);
      return several.length > 0 ? several : [this.#names.classOf(member) ?? []].flat();
    });
    if (members.length < 2 || classes.some(({ length }) => length === 0)) return undefined;
    const all = [...new Set(classes.flat())];
    if (!all.some((each) => each.members.some((m) => ts.isMethodDeclaration(m) || ts.isAccessor(m)))) return undefined;
    const common = mergeAll(parts.map(asPassed));
    return this.#family(all, common?.kind === 'record' ? common : { kind: 'record', fields: [] }, type, inside);
  }

  #object(type: ts.Type, parameter: (type: ts.Type) => Type | undefined, inside: Set<ts.Type>): Type | Unreadable {
    const checker = this.#checker;
    if (checker.isTupleType(type)) return this.#tuple(type, parameter, inside);
    const name = type.symbol?.name ?? '';
    const storage = typedArrays.get(name);
    if (storage !== undefined && this.#isLibrary(type)) return withSource(arrayOf(num, storage), this.#source(type));
    if (lists.has(name) && this.#isLibrary(type)) {
      const [elem] = checker.getTypeArguments(type as ts.TypeReference); // Array is generic
      const converted = elem && this.#convert(elem, parameter, inside);
      if (converted === undefined) return this.#no(type);
      return converted.kind === 'unreadable'
        ? converted
        : withSource(
            name === 'ReadonlyArray' ? { ...arrayOf(converted), readonly: true } : arrayOf(converted),
            this.#source(type),
          );
    }
    if (collections.has(name) && this.#isLibrary(type)) return this.#collection(name, type, parameter, inside);
    if (this.#isLibrary(type) && type.symbol !== undefined && !isMapped(type)) return this.#no(type);
    if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) {
      return { ...this.#no(type), functional: true };
    }
    if (checker.getIndexInfosOfType(type).length > 0) return { ...this.#no(type), code: 'dictionary' };
    const record = this.#record(type, parameter, inside);
    const classes = record.kind === 'record' ? this.#names.classesOf(type) : [];
    return record.kind === 'record' && classes.length > 0 ? this.#family(classes, record, type, inside) : record;
  }

  /** What holds an instance of any of these classes, about which nothing is known but that. */
  familyOf(classes: readonly ts.ClassDeclaration[]): RecordType | Unreadable {
    return this.#family(classes, { kind: 'record', fields: [] }, undefined, new Set());
  }

  /** What holds an instance of any of these classes; `common` is what all of them have, `own` their type's own type. */
  #family(
    classes: readonly ts.ClassDeclaration[],
    common: RecordType,
    own: ts.Type | undefined,
    inside: Set<ts.Type>,
  ): RecordType | Unreadable {
    const fields: Field[] = [];
    for (const node of classes) {
      const type = this.#checker.getTypeAtLocation(node);
      const of = type === own ? common : this.#ofClass(type, inside);
      if (of.kind !== 'record') return of;
      fields.push({ name: this.#names.familyName(node), type: { kind: 'optional', of } });
    }
    return { kind: 'record', fields, family: common };
  }

  #ofClass(type: ts.Type, inside: Set<ts.Type>): RecordType | Unreadable {
    if (inside.has(type)) return { ...this.#no(type), code: 'recursive-type' };
    inside.add(type);
    const found = this.#record(type, () => undefined, inside);
    inside.delete(type);
    return found;
  }

  /** Keys in the order in which they were put in, and their values, in two lists. */
  #collection(
    name: string,
    type: ts.Type,
    parameter: (type: ts.Type) => Type | undefined,
    inside: Set<ts.Type>,
  ): Type | Unreadable {
    const refused: Unreadable = { ...this.#no(type), code: 'collection' };
    if (name.startsWith('Weak')) return refused;
    const parts = this.#checker
      .getTypeArguments(type as ts.TypeReference) // Map and Set are generic
      .map((part) => this.#convert(part, parameter, inside));
    const unreadable = parts.find((part) => part.kind === 'unreadable');
    if (unreadable !== undefined) return unreadable;
    const [key, value] = parts.filter((part) => part.kind !== 'unreadable');
    if (key?.kind !== 'num' && key?.kind !== 'str' && key?.kind !== 'bool') return refused;
    return collectionOf(key, value);
  }

  #record(
    type: ts.Type,
    parameter: (type: ts.Type) => Type | undefined,
    inside: Set<ts.Type>,
  ): RecordType | Unreadable {
    const fields: Field[] = [];
    for (const property of this.#checker.getPropertiesOfType(type)) {
      // Methods and accessors of classes and interfaces are code, not data.
      if (property.flags & (SymbolFlags.Method | SymbolFlags.Accessor)) {
        if (isClassMember(property)) continue;
        return { ...this.#no(type), functional: true };
      }
      const of = this.#convert(this.#checker.getTypeOfSymbol(property), parameter, inside);
      if (of.kind === 'unreadable') return of;
      const optional = property.flags & SymbolFlags.Optional && of.kind !== 'optional';
      fields.push({ name: this.#fieldName(property), type: optional ? { kind: 'optional', of } : of });
    }
    return withSource({ kind: 'record', fields }, this.#source(type));
  }

  #tuple(type: ts.Type, parameter: (type: ts.Type) => Type | undefined, inside: Set<ts.Type>): Type | Unreadable {
    const reference = type as ts.TupleTypeReference; // isTupleType says so
    const { elementFlags, labeledElementDeclarations } = reference.target;
    const members = this.#checker.getTypeArguments(reference).map((t) => this.#convert(t, parameter, inside));
    const parts: Type[] = [];
    for (const [k, member] of members.entries()) {
      if (member.kind === 'unreadable') return member;
      const flags = elementFlags[k] ?? 0;
      if (flags & ts.ElementFlags.Variable) {
        // `[number, ...number[]]` is an array that is known not to be empty.
        const rest = members.every((m) => m.kind === 'num') ? arrayOf(num) : undefined;
        return rest ?? this.#no(type);
      }
      parts.push(
        flags & ts.ElementFlags.Optional && member.kind !== 'optional' ? { kind: 'optional', of: member } : member,
      );
    }
    const labels = labeledElementDeclarations?.map((label) =>
      label !== undefined && ts.isIdentifier(label.name) ? label.name.text : '',
    );
    const named = labels?.every((label) => label !== '') ? labels : undefined;
    const whole = tupleOf(parts, named);
    // Rows of unlike lengths, as `as const` makes them of a table: rows are told apart by an index of the run.
    const rows = reference.target.readonly && parts.every(isList) ? mergeAll(parts) : undefined;
    if (rows && whole.kind === 'record') return arrayOf(rows);
    const short = elementFlags.some((flags) => flags & ts.ElementFlags.Optional);
    const tuple = short && whole.kind === 'record' ? ({ ...whole, short } as const) : whole;
    return withSource(reference.target.readonly ? { ...tuple, readonly: true } : tuple, this.#source(type));
  }

  #isLibrary(type: ts.Type): boolean {
    const declarations = type.symbol?.declarations ?? [];
    return declarations.length > 0 && declarations.every((d) => d.getSourceFile().hasNoDefaultLib || isLib(d));
  }

  #fieldName(property: ts.Symbol): string {
    const { valueDeclaration } = property;
    const name = valueDeclaration && ts.getNameOfDeclaration(valueDeclaration);
    return valueDeclaration !== undefined && name !== undefined && ts.isPrivateIdentifier(name)
      ? this.#names.privateName(valueDeclaration)
      : property.name;
  }

  /** The name the user gave to the type. */
  #source(type: ts.Type): TypeSource | undefined {
    const symbol =
      type.aliasSymbol ?? (type.symbol?.flags & (SymbolFlags.Interface | SymbolFlags.Class) ? type.symbol : undefined);
    const [declaration] = symbol?.declarations ?? [];
    if (symbol === undefined || declaration === undefined || isLib(declaration)) return undefined;
    // An instantiated generic has arguments that the name alone does not say.
    const reference = type as ts.TypeReference;
    const hasArguments = (type.aliasTypeArguments?.length ?? 0) > 0 || isInstantiated(reference);
    if (hasArguments || !ts.isSourceFile(declaration.parent)) return undefined;
    const exported =
      ts.canHaveModifiers(declaration) &&
      ts.getModifiers(declaration)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
    if (!exported) return { name: symbol.name };
    const source = { name: symbol.name, file: declaration.getSourceFile().fileName };
    return this.#holdsReadonly(type, new Set()) ? { ...source, readonly: true } : source;
  }

  /** Whether there is something in a type that cannot be assigned to, or a method: a record of its fields is no such object. */
  #holdsReadonly(type: ts.Type, inside: Set<ts.Type>): boolean {
    if (inside.has(type)) return false;
    inside.add(type);
    const checker = this.#checker;
    if (type.isUnion()) return type.types.some((member) => this.#holdsReadonly(member, inside));
    if (!(type.flags & (TypeFlags.Object | TypeFlags.Intersection))) return false;
    if (checker.isTupleType(type) || checker.isArrayType(type)) {
      const reference = type as ts.TypeReference; // as both are
      const isFrozen =
        type.symbol?.name === 'ReadonlyArray' ||
        (checker.isTupleType(type) && (reference.target as ts.TupleType).readonly);
      return isFrozen || checker.getTypeArguments(reference).some((member) => this.#holdsReadonly(member, inside));
    }
    if (this.#isLibrary(type) && !isMapped(type)) return false;
    return (
      (type as ts.ObjectType & { readonly declaration?: ts.MappedTypeNode }).declaration?.readonlyToken !== undefined ||
      checker
        .getPropertiesOfType(type)
        .some((p) => isReadonly(p) || isMethod(p) || this.#holdsReadonly(checker.getTypeOfSymbol(p), inside))
    );
  }
}

const isReadonly = (property: ts.Symbol): boolean =>
  (property.declarations ?? []).some((d) => ts.getCombinedModifierFlags(d) & ts.ModifierFlags.Readonly);

const isMethod = ({ flags }: ts.Symbol): boolean => (flags & (SymbolFlags.Method | SymbolFlags.Accessor)) !== 0;

const isInstantiated = (type: ts.TypeReference): boolean =>
  type.aliasSymbol === undefined &&
  (type.objectFlags & ObjectFlags.Reference) !== 0 &&
  type.target !== undefined &&
  (type.target.typeParameters?.length ?? 0) > 0;

const isMapped = (type: ts.Type): boolean => ((type as ts.ObjectType).objectFlags & ObjectFlags.Mapped) !== 0;

const isLib = (node: ts.Node): boolean => {
  const { fileName } = node.getSourceFile();
  return fileName.includes('/node_modules/typescript/lib/') || fileName.endsWith('/lib.d.ts');
};

const isClassMember = (property: ts.Symbol): boolean =>
  (property.declarations ?? []).some(
    (d) =>
      ts.isClassLike(d.parent) || (ts.isMethodSignature(d) && ts.isInterfaceDeclaration(d.parent)) || ts.isAccessor(d),
  );

export function withSource<T extends Type>(type: T, source: TypeSource | undefined): T {
  if (source === undefined || (type.kind !== 'array' && type.kind !== 'record')) return type;
  return { ...type, source };
}

/** The type of a `Map`, or of a `Set` if its keys have no values. */
export function collectionOf(key: Type, value: Type | undefined): RecordType {
  const keys: Field = { name: 'keys', type: { ...arrayOf(key), keys: true } };
  if (value === undefined) return { kind: 'record', fields: [keys], collection: 'Set' };
  return { kind: 'record', fields: [keys, { name: 'values', type: arrayOf(value) }], collection: 'Map' };
}

/** Whether a `Map` or `Set` is part of a type. */
export function holdsCollection(type: Type): boolean {
  if (type.kind === 'optional') return holdsCollection(type.of);
  if (type.kind === 'array') return holdsCollection(type.elem);
  return type.kind === 'record' && (type.collection !== undefined || type.fields.some((f) => holdsCollection(f.type)));
}

/** Whether a value may be, or hold, a tuple of which elements are left out. */
export function holdsShortTuple(type: Type): boolean {
  if (type.kind === 'optional') return holdsShortTuple(type.of);
  if (type.kind === 'array') return holdsShortTuple(type.elem);
  return type.kind === 'record' && (type.short === true || type.fields.some((f) => holdsShortTuple(f.type)));
}

const isList = (type: Type): boolean => type.kind === 'array' && type.storage === 'list';

/** Homogeneous tuples are arrays of fixed length, others records. */
export function tupleOf(parts: readonly Type[], labels?: readonly string[]): ArrayType | RecordType {
  const [first] = parts;
  if (first === undefined) return arrayOf({ kind: 'void' }, 'list', 0);
  if (parts.every((part) => sameShape(part, first))) {
    const type = arrayOf(first, 'list', parts.length);
    return labels === undefined ? type : { ...type, labels };
  }
  return { kind: 'record', fields: parts.map((type, k) => ({ name: String(k), type })), tuple: true };
}

/** Equal by structure, names aside. */
export function sameShape(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind === 'array' && b.kind === 'array') {
    return a.storage === b.storage && a.fixed === b.fixed && sameShape(a.elem, b.elem);
  }
  if (a.kind === 'optional' && b.kind === 'optional') return sameShape(a.of, b.of);
  if (a.kind === 'record' && b.kind === 'record') {
    return (
      a.tuple === b.tuple &&
      a.collection === b.collection &&
      (a.family === undefined) === (b.family === undefined) &&
      a.closure === b.closure &&
      a.fields.length === b.fields.length &&
      a.fields.every((f, k) => f.name === b.fields[k]?.name && sameShape(f.type, b.fields[k].type))
    );
  }
  return a.kind === b.kind && a.kind !== 'array' && a.kind !== 'record' && a.kind !== 'optional';
}

const holdsReadonly = (type: Type): boolean =>
  type.kind === 'optional'
    ? holdsReadonly(type.of)
    : type.kind === 'array'
      ? type.readonly === true || holdsReadonly(type.elem)
      : type.kind === 'record' && (type.readonly === true || type.fields.some((f) => holdsReadonly(f.type)));

/** The type that holds values of both, if the IR has one. */
export function merge(a: Type, b: Type): Type | undefined {
  if (a.kind === 'str' && b.kind === 'str') {
    return a.among && b.among ? { kind: 'str', among: [...new Set([...a.among, ...b.among])] } : str;
  }
  // What may be either is read only if one of them is.
  if (sameShape(a, b)) return !holdsReadonly(a) && holdsReadonly(b) ? b : a;
  if (a.kind === 'void') return b.kind === 'optional' ? b : { kind: 'optional', of: b };
  if (b.kind === 'void') return a.kind === 'optional' ? a : { kind: 'optional', of: a };
  if (a.kind === 'optional' || b.kind === 'optional') {
    const of = merge(a.kind === 'optional' ? a.of : a, b.kind === 'optional' ? b.of : b);
    // `{ b?: undefined }`, as TypeScript completes the members of a union, says nothing of what b is otherwise.
    const there = of?.kind === 'optional' ? of.of : of;
    const nullable = mayBeNull(a) || mayBeNull(b);
    return there && (nullable ? { kind: 'optional', of: there, nullable } : { kind: 'optional', of: there });
  }
  if (a.kind === 'array' && b.kind === 'array' && a.storage === b.storage) {
    // `[]` has no elements to say what they are.
    const elem = a.elem.kind === 'void' ? b.elem : b.elem.kind === 'void' ? a.elem : merge(a.elem, b.elem);
    return (
      elem &&
      (a.fixed !== undefined && a.fixed === b.fixed ? arrayOf(elem, a.storage, a.fixed) : arrayOf(elem, a.storage))
    );
  }
  if (a.kind === 'record' && b.kind === 'record' && a.tuple === b.tuple && a.collection === b.collection) {
    const alike = (a.family === undefined) === (b.family === undefined) && a.closure === b.closure;
    return alike ? mergeRecords(a, b) : undefined;
  }
  return undefined;
}

const mergeAll = (parts: readonly Type[]): Type | undefined =>
  parts.slice(1).reduce<Type | undefined>((a, b) => a && merge(a, b), parts[0]);

/** A discriminated union is one record: fields that not all members have are optional. */
function mergeRecords(a: RecordType, b: RecordType): RecordType | undefined {
  const fields: Field[] = [];
  for (const f of a.fields) {
    const other = b.fields.find(({ name }) => name === f.name);
    const type = other === undefined ? optional(f.type) : merge(f.type, other.type);
    if (type === undefined) return undefined;
    fields.push({ name: f.name, type });
  }
  for (const f of b.fields) {
    if (!a.fields.some(({ name }) => name === f.name)) fields.push({ name: f.name, type: optional(f.type) });
  }
  const { collection, family, closure } = a;
  if (collection !== undefined) return { kind: 'record', fields, collection };
  if (family !== undefined) return { kind: 'record', fields, family };
  if (closure !== undefined) return { kind: 'record', fields, closure };
  return a.tuple === true ? { kind: 'record', fields, tuple: true } : { kind: 'record', fields };
}

/** A type of which no part is `null`. */
function withoutNull<T extends Type | Unreadable>(type: T): T {
  if (type.kind === 'unreadable' || !saysNull(type)) return type;
  if (type.kind === 'optional') return { kind: 'optional', of: withoutNull(type.of) } as T;
  if (type.kind === 'array') return { ...type, elem: withoutNull(type.elem) };
  if (type.kind !== 'record') return type;
  return { ...type, fields: type.fields.map((f) => ({ ...f, type: withoutNull(f.type) })) };
}

/** Whether a value itself may be `null`. */
const mayBeNull = (type: Type): boolean => type.kind === 'optional' && type.nullable === true;

const optional = (of: Type): Type => (of.kind === 'optional' ? of : { kind: 'optional', of });

/** Whether `null` stands for what is not there, anywhere in a type. */
export function saysNull(type: Type): boolean {
  if (type.kind === 'optional') return type.nullable === true || saysNull(type.of);
  if (type.kind === 'array') return saysNull(type.elem);
  return type.kind === 'record' && type.fields.some((f) => saysNull(f.type));
}

/** A type as it is outside of functions, where nobody says which class an instance is of. */
export function asPassed(type: Type): Type {
  if (type.kind === 'optional') return { ...type, of: asPassed(type.of) };
  if (type.kind === 'array') return { ...type, elem: asPassed(type.elem) };
  if (type.kind !== 'record') return type;
  const { family = type } = type;
  return { ...family, fields: family.fields.map((f) => ({ ...f, type: asPassed(f.type) })) };
}

/** Objects are told apart by their fields. */
function objectText({ fields }: RecordType): string {
  const names = fields.map(({ name, type }) => (type.kind === 'optional' ? `${name}?` : name));
  return fields.length === 0 || fields.length > 6 ? 'an object' : `an object { ${names.join(', ')} }`;
}

/** How messages call a type. */
export function describe(type: Type): string {
  switch (type.kind) {
    case 'num':
      return 'a number';
    case 'bool':
      return 'a boolean';
    case 'str':
      return 'a string';
    case 'void':
      return 'undefined';
    case 'optional':
      return `${describe(type.of)} or undefined`;
    case 'record':
      if (type.collection !== undefined) return `a ${type.collection}`;
      if (type.closure !== undefined) return 'a function';
      return type.tuple === true ? 'a tuple' : objectText(type);
    case 'array': {
      if (type.fixed !== undefined) return `a tuple of ${type.fixed}`;
      const { storage } = type;
      if (storage === 'list') return 'an array';
      return `a ${[...typedArrays].find(([, s]) => s === storage)?.[0] ?? storage}`;
    }
  }
}
