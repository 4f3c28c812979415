import { ts } from 'ts-morph';

/** The module without its types, as CommonJS: what `--verify` runs. Does not check types. */
export function transpile(file: string, text: string): string {
  return ts.transpileModule(text, {
    fileName: file,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true },
  }).outputText;
}
