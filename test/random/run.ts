/** Turns TypeScript text into something to call, and tells what the type checker says of it. */

import { runInThisContext } from 'node:vm';
import { transformSync } from 'esbuild';
import ts from 'typescript';

export type Exports = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** The exports of a module that imports nothing at run time. */
export function load(text: string): Exports {
  const { code } = transformSync(text, { loader: 'ts', format: 'cjs', target: 'es2023' });
  const module = { exports: {} };
  // The cast: what is run is this function expression.
  const run = runInThisContext(`(function (module, exports) {${code}\n})`) as (module: object, exports: object) => void;
  run(module, module.exports);
  return module.exports;
}

/** Messages of `tsc --strict` about files given by their absolute path; libraries are read from disk, all else from `files`. */
export function typeErrors(files: ReadonlyMap<string, string>, more: ts.CompilerOptions = {}): string[] {
  const settings: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    ...more,
  };
  const host = ts.createCompilerHost(settings);
  const disk = { ...host };
  host.getSourceFile = (name, target) => {
    const text = files.get(name);
    return text === undefined ? disk.getSourceFile(name, target) : ts.createSourceFile(name, text, target);
  };
  host.readFile = (name) => files.get(name) ?? disk.readFile(name);
  host.fileExists = (name) => files.has(name) || disk.fileExists(name);
  // The folders of `files` need not exist.
  host.directoryExists = () => true;
  const program = ts.createProgram([...files.keys()], settings, host);
  return ts.getPreEmitDiagnostics(program).map((d) => {
    const place = d.file && d.start !== undefined ? d.file.getLineAndCharacterOfPosition(d.start) : undefined;
    const line = place && d.file?.text.split('\n')[place.line]?.trim();
    return `${d.file?.fileName ?? ''}:${(place?.line ?? -1) + 1} ${ts.flattenDiagnosticMessageText(d.messageText, ' ')} | ${line ?? ''}`;
  });
}
