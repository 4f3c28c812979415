import { ts } from 'ts-morph';
import { configOf } from './config.js';

/** The last modules that were transpiled: verification runs the same text once for every check. */
const recent = new Map<string, string>();
const kept = 16;

/** The module without its types, as CommonJS: what `--verify` runs. Does not check types. */
export function transpile(file: string, text: string): string {
  const key = `${file}\n${text}`;
  const script = recent.get(key) ?? transpiled(file, text);
  recent.delete(key);
  recent.set(key, script);
  const [oldest] = recent.keys();
  if (recent.size > kept && oldest !== undefined) recent.delete(oldest);
  return script;
}

function transpiled(file: string, text: string): string {
  return ts.transpileModule(text, {
    // Of a file `.mts` a module would come out whatever is asked for.
    fileName: file.replace(/\.[mc](tsx?)$/, '.$1'),
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      jsx: ts.JsxEmit.React,
    },
  }).outputText;
}

/** The TypeScript file that an import means to the nearest `tsconfig.json` (`paths`, `baseUrl`, packages with sources). */
export function resolvedSource(importer: string, specifier: string): string | undefined {
  const { resolvedModule } = ts.resolveModuleName(specifier, importer, configOf(importer).options, ts.sys);
  const file = resolvedModule?.resolvedFileName;
  return file !== undefined && /\.[mc]?tsx?$/.test(file) && !/\.d\.[mc]?ts$/.test(file) ? file : undefined;
}
