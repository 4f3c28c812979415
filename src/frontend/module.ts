/** What a module exports, in the three classes: not a candidate, a candidate, and (found by lowering) not supported. */

import { ts } from 'ts-morph';
import type { Origin, Type } from '../ir/types.js';
import { diagnostic, type Diagnostic } from '../diagnostics/report.js';
import { tangentType } from '../ir/structure.js';
import { placeAt, placeOf, type Program } from './load.js';
import { isEnumeration } from './lower.js';
import type { Unreadable } from './types.js';

export interface ModuleInfo {
  readonly file: string;
  readonly exports: readonly ExportedFunction[];
  /** Mistakes in `@adgen` tags. */
  readonly diagnostics: readonly Diagnostic[];
}

/** An export of the module, in the order of the source. */
export type ExportedFunction = Candidate | NoCandidate;

interface Exported {
  readonly name: string;
  readonly origin: Origin;
  /** Characters of its name in the source. */
  readonly length: number;
  /** Names of its parameters as in the emitted functions; empty if it is no function. */
  readonly params: readonly string[];
}

export interface Candidate extends Exported {
  readonly candidate: true;
  /** Its last parameter takes all further arguments. */
  readonly rest: boolean;
  /** Lines of its doc comment, without tags. */
  readonly doc: readonly string[];
  readonly tags: readonly Tag[];
}

export interface NoCandidate extends Exported {
  readonly candidate: false;
  readonly reason: string;
}

/** One `@adgen` doc tag: `@adgen jvp vjp wrt=theta as=hVjpTheta const K=8`. */
export interface Tag {
  readonly modes: readonly string[];
  readonly wrt?: readonly string[];
  readonly as?: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly trajectory?: string;
  /** Leaves the function out. */
  readonly skip: boolean;
  readonly origin: Origin;
}

export function readModule(program: Program, file = program.file): ModuleInfo {
  const source = program.sourceFile(file);
  const symbol = source && program.checker.getSymbolAtLocation(source);
  if (source === undefined || symbol === undefined) return { file, exports: [], diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const exports = program.checker.getExportsOfModule(symbol).flatMap((each) => {
    const found = exportOf(each, source, program, diagnostics);
    return found === undefined ? [] : [found];
  });
  exports.sort((a, b) => a.origin.line - b.origin.line || a.origin.column - b.origin.column);
  return { file, exports, diagnostics };
}

function exportOf(
  symbol: ts.Symbol,
  source: ts.SourceFile,
  program: Program,
  diagnostics: Diagnostic[],
): ExportedFunction | undefined {
  const { checker } = program;
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.valueDeclaration;
  // Types and interfaces are no values.
  if (declaration === undefined) return undefined;
  // What is exported again from another file stands where this file says so.
  const here = [...(symbol.declarations ?? []), declaration].find((d) => d.getSourceFile() === source) ?? declaration;
  const at = ts.getNameOfDeclaration(here) ?? here;
  const { origin, length } = placeOf(at);
  const signatures = checker.getTypeOfSymbol(target).getCallSignatures();
  const [signature] = signatures;
  const fn = functionNode(target, declaration);
  const params = (fn?.parameters ?? []).filter((p) => p.name.getText() !== 'this').map(parameterName);
  const base = { name: symbol.name, origin, length, params };
  const reason = reasonAgainst(target, signature, fn, program);
  if (reason !== undefined) return { ...base, candidate: false, reason };
  const node = declarationWithDoc(declaration);
  const rest = fn?.parameters.at(-1)?.dotDotDotToken !== undefined;
  return { ...base, candidate: true, rest, doc: docOf(node), tags: tagsOf(node, diagnostics) };
}

const parameterName = (p: ts.ParameterDeclaration, k: number): string =>
  ts.isIdentifier(p.name) ? p.name.text : `arg${k}`;

/** The function that is declared, where the declaration is one. */
function functionNode(symbol: ts.Symbol, declaration: ts.Declaration): ts.SignatureDeclaration | undefined {
  const withBody = symbol.declarations?.find((d) => ts.isFunctionDeclaration(d) && d.body !== undefined);
  if (withBody !== undefined && ts.isFunctionDeclaration(withBody)) return withBody;
  if (ts.isFunctionLike(declaration)) return declaration;
  let at: ts.Node | undefined;
  if (ts.isVariableDeclaration(declaration)) at = declaration.initializer;
  if (ts.isExportAssignment(declaration)) at = declaration.expression;
  while (
    at !== undefined &&
    (ts.isParenthesizedExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at))
  ) {
    at = at.expression;
  }
  return at !== undefined && ts.isFunctionLike(at) ? at : undefined;
}

/** Why an export is no candidate; undefined if it is one. */
function reasonAgainst(
  symbol: ts.Symbol,
  signature: ts.Signature | undefined,
  fn: ts.SignatureDeclaration | undefined,
  program: Program,
): string | undefined {
  if (symbol.flags & ts.SymbolFlags.Class) return 'it is a class';
  if (signature === undefined) return 'it is not a function';
  // Refused with a code of their own.
  if (fn !== undefined && isAsyncOrGenerator(fn)) return undefined;
  if ((signature.typeParameters?.length ?? 0) > 0) return 'it is generic, and its type parameters are open';
  const { checker, types } = program;
  const parameters = signature.parameters.map((p) => checker.getTypeOfSymbol(p));
  const converted = parameters.map((type) => types.convert(type));
  const result = types.convert(signature.getReturnType());
  const functional = [...converted, result].some((type) => type.kind === 'unreadable' && type.functional);
  if (functional) return 'a parameter or its result is a function';
  if (result.kind === 'void') return 'it returns nothing';
  if (!holdsReal(result)) return 'its result holds no real number';
  const real = converted.some((type, k) => {
    const source = parameters[k];
    return holdsReal(type) && !(source !== undefined && isEnumeration(source));
  });
  return real ? undefined : 'no parameter holds a real number';
}

/** What is not read, but would hold real numbers, is refused rather than skipped. */
function holdsReal(type: Type | Unreadable): boolean {
  if (type.kind !== 'unreadable') return tangentType(type) !== undefined;
  return type.code !== 'unsupported-type' || /number|Float/.test(type.text);
}

const isAsyncOrGenerator = (fn: ts.SignatureDeclaration): boolean =>
  ('asteriskToken' in fn && fn.asteriskToken !== undefined) ||
  (ts.canHaveModifiers(fn) && (ts.getModifiers(fn)?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) ?? false));

// ---------------------------------------------------------------- doc comments

/** The node that a doc comment stands before. */
function declarationWithDoc(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

function docOf(node: ts.Node): readonly string[] {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return docs.flatMap((doc) => (ts.getTextOfJSDocComment(doc.comment) ?? '').split('\n')).filter((line) => line !== '');
}

const modes = new Set(['forward', 'jvp', 'vjp', 'grad', 'chain']);

function tagsOf(node: ts.Node, diagnostics: Diagnostic[]): readonly Tag[] {
  return ts
    .getJSDocTags(node)
    .filter((tag) => tag.tagName.text === 'adgen')
    .map((tag) => parseTag(tag, diagnostics));
}

function parseTag(tag: ts.JSDocTag, diagnostics: Diagnostic[]): Tag {
  const text = (ts.getTextOfJSDocComment(tag.comment) ?? '').trim();
  const source = tag.getSourceFile();
  const found: {
    modes: string[];
    wrt?: string[];
    as?: string;
    constants: Record<string, number>;
    trajectory?: string;
    skip: boolean;
  } = { modes: [], constants: {}, skip: false };
  let inConst = false;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const [, key = '', text] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    if (text === undefined && modes.has(word)) found.modes.push(word);
    else if (word === 'off' || word === 'skip') found.skip = true;
    else if (word === 'const') inConst = true;
    else if (key === 'wrt' && text !== undefined) found.wrt = text.split(',');
    else if (key === 'as' && text !== undefined) found.as = text;
    else if (key === 'trajectory' && text !== undefined && /^(rollout|given|both)$/.test(text)) found.trajectory = text;
    else if (inConst && text !== undefined && Number.isFinite(Number(text))) found.constants[key] = Number(text);
    else {
      const start = Math.max(tag.getStart(), source.text.indexOf(word, tag.getStart()));
      diagnostics.push(diagnostic('unknown-tag', placeAt(source, start, word.length), [word]));
    }
  }
  return { ...found, origin: placeOf(tag).origin };
}
