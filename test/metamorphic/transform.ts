/** A program written differently: some transformations, one after the other, at places chosen by a seed. */

import ts from 'typescript';
import { Random } from '../oracle/values.js';
import { edited, transformations, type Change, type Source } from './transformations.js';

export interface Transformed {
  readonly text: string;
  /** Names of the transformations, in order. */
  readonly applied: readonly string[];
}

/** `most` transformations at most, each of another kind if there are enough; undefined if none has a place. */
export function transformed(file: string, text: string, seed: number, most = 3): Transformed | undefined {
  const random = new Random(seed);
  const applied: string[] = [];
  let now = text;
  const kinds = Object.entries(transformations);
  while (kinds.length > 0 && applied.length < most) {
    const [[kind, find] = ['', () => []]] = kinds.splice(random.below(kinds.length), 1);
    const changes: readonly Change[] = find(sourceOf(file, now));
    const change = changes[random.below(changes.length)];
    if (change === undefined) continue;
    now = edited(now, change);
    applied.push(kind);
  }
  return applied.length === 0 ? undefined : { text: now, applied };
}

const plainTypes: ReadonlySet<string> = new Set([
  'number',
  'number[]',
  'number[][]',
  'Float64Array',
  'boolean',
  '[number, number]',
]);

/** A file as text, types on demand. */
function sourceOf(name: string, text: string): Source {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true);
  let typed: { readonly checker: ts.TypeChecker; readonly file: ts.SourceFile } | undefined;
  return {
    file,
    typeOf: (node) => {
      typed ??= checked(name, text);
      const twin = nodeAt(typed.file, node.getStart(), node.end);
      const { checker } = typed;
      const symbol = twin && checker.getSymbolAtLocation(twin);
      if (!twin || !symbol) return undefined;
      // What is declared outside of functions is in sight of the helper, but has no need to be passed: leave it alone.
      const type = checker.typeToString(checker.getTypeAtLocation(twin)).replace(/<ArrayBuffer(Like)?>/, '');
      return plainTypes.has(type) ? type : undefined;
    },
  };
}

function nodeAt(file: ts.SourceFile, from: number, to: number): ts.Node | undefined {
  const find = (node: ts.Node): ts.Node | undefined =>
    ts.isIdentifier(node) && node.getStart(file) === from && node.end === to ? node : ts.forEachChild(node, find);
  return find(file);
}

function checked(name: string, text: string): { checker: ts.TypeChecker; file: ts.SourceFile } {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    strict: true,
    types: [],
  };
  const host = ts.createCompilerHost(options, true);
  const disk = host.getSourceFile.bind(host);
  host.getSourceFile = (path, target) =>
    path === name ? ts.createSourceFile(path, text, target, true) : disk(path, target);
  const program = ts.createProgram([name], options, host);
  const file = program.getSourceFile(name);
  if (!file) throw new Error(`${name} is not in its own program`);
  return { checker: program.getTypeChecker(), file };
}
