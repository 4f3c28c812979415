/** The compiler options of a file: those of the nearest `tsconfig.json`, or strict ones if there is none. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { ts } from 'ts-morph';

const withoutConfig: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
};

interface Config {
  readonly options: ts.CompilerOptions;
  /** A configuration that does not parse. */
  readonly broken?: { readonly file: string; readonly message: string };
}

/** `tsconfig`: to be taken in place of the nearest. */
export function configOf(file: string, tsconfig?: string): Config {
  const config = tsconfig === undefined ? nearestConfig(path.dirname(file)) : path.resolve(tsconfig);
  if (config === undefined) return { options: withoutConfig };
  const { config: json, error } = ts.readConfigFile(config, ts.sys.readFile);
  if (error !== undefined) {
    const message = ts.flattenDiagnosticMessageText(error.messageText, ' ');
    return { options: withoutConfig, broken: { file: config, message } };
  }
  // Only the options are wanted: looking for the configuration's files would read whole folders.
  const host: ts.ParseConfigHost = { ...ts.sys, useCaseSensitiveFileNames: true, readDirectory: () => [] };
  return { options: ts.parseJsonConfigFileContent(json, host, path.dirname(config)).options };
}

function nearestConfig(from: string): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'tsconfig.json');
    if (existsSync(candidate)) return candidate;
    if (path.dirname(folder) === folder) return undefined;
  }
}
