/**
 * From a path to a type-checked program. What later stages may rely on: every file of the user's is free of syntax
 * and type errors, or the errors are in `diagnostics` and nothing is lowered.
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { Project, ts } from 'ts-morph';
import { diagnostic, type Diagnostic, type Place, Report, wholeFile } from '../diagnostics/report.js';
import { ambientFile, ambientText } from './ambient.js';
import { configOf } from './config.js';
import { FlowAnalysis } from './flow.js';
import { Names } from './names.js';
import { Types } from './types.js';
import { libraryFile, libraryText } from './library.js';

export interface LoadOptions {
  readonly file: string;
  /** Text of `file` in place of what the disk holds. */
  readonly text?: string;
  /** Default: the nearest `tsconfig.json` above the file, or strict settings if there is none. */
  readonly tsconfig?: string;
  /** Files that are not on disk, by absolute path. */
  readonly virtual?: ReadonlyMap<string, string>;
}

export interface Program {
  /** Absolute path of the file that was asked for. */
  readonly file: string;
  readonly checker: ts.TypeChecker;
  readonly compilerOptions: ts.CompilerOptions;
  /** Syntax, type and configuration errors. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of the user's files, `file` first. */
  readonly dependencies: readonly string[];
  readonly flow: FlowAnalysis;
  readonly types: Types;
  readonly names: Names;
  sourceFile(file: string): ts.SourceFile | undefined;
  /** Whether a file was given as text by adgen itself. */
  isVirtual(file: string): boolean;
}

/** The settings that decide what the code means are the user's; those that only nag are off. */
const settings: ts.CompilerOptions = {
  lib: ['lib.es2023.d.ts'],
  types: [],
  noEmit: true,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
  allowImportingTsExtensions: true,
  noUnusedLocals: false,
  noUnusedParameters: false,
  noImplicitReturns: false,
  noImplicitOverride: false,
  noPropertyAccessFromIndexSignature: false,
  noFallthroughCasesInSwitch: false,
  allowUnreachableCode: true,
  allowUnusedLabels: true,
  composite: false,
  incremental: false,
  declaration: false,
  isolatedDeclarations: false,
};

/**
 * What loading leaves for the next time, in a process that compiles several files or one again and again: parsed files,
 * and the program itself if none of its files has changed. Nothing of a result depends on it.
 */
export class Session {
  private readonly parsed = new Map<string, ts.SourceFile>();
  private readonly loaded = new Map<string, { readonly ts: ts.Program; readonly program: Program }>();

  /** The file as it was parsed before, if its text is the same. */
  parse(name: string, text: string, version: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile {
    const key = JSON.stringify([name, version]);
    const known = this.parsed.get(key);
    if (known?.text === text) return known;
    const source = ts.createSourceFile(name, text, version, true);
    this.parsed.set(key, source);
    return source;
  }

  /** The program of these files; `finish` looks into it unless it is the one that was there before. */
  program(options: ts.CreateProgramOptions, finish: (created: ts.Program) => Program): Program {
    const key = JSON.stringify([options.rootNames, options.options]);
    const last = this.loaded.get(key);
    const created = ts.createProgram(
      last?.program.diagnostics.length === 0 ? { ...options, oldProgram: last.ts } : options,
    );
    const same = last && sameFiles(last.ts, created);
    const program = same ? last.program : finish(created);
    if (!same) this.loaded.set(key, { ts: created, program });
    return program;
  }
}

function sameFiles(a: ts.Program, b: ts.Program): boolean {
  const [before, after] = [a.getSourceFiles(), b.getSourceFiles()];
  return before.length === after.length && before.every((file, k) => file === after[k]);
}

export function loadProgram(options: LoadOptions, session = new Session()): Program {
  const file = path.resolve(options.file);
  const report = new Report();
  const virtual = new Map(options.virtual);
  if (options.text !== undefined) virtual.set(file, options.text);
  if (!virtual.has(file) && !existsSync(file)) report.add(diagnostic('file-not-found', wholeFile(file), [file]));
  virtual.set(ambientFile, ambientText);
  virtual.set(libraryFile, libraryText);
  const compilerOptions = { ...configured(file, options.tsconfig, report), ...settings };
  const rootNames = [ambientFile, libraryFile, ...(report.hasErrors ? [] : [file]), ...(options.virtual?.keys() ?? [])];
  const host = hostOf(compilerOptions, virtual, session);
  const load = (program: ts.Program) => looked(program, file, report, new Set(options.virtual?.keys() ?? []));
  // What is wrong with the file itself or its configuration is not in the program.
  if (report.hasErrors) return load(ts.createProgram({ rootNames, options: compilerOptions, host }));
  return session.program({ rootNames, options: compilerOptions, host }, load);
}

/** Type-checks the user's files. */
function looked(program: ts.Program, file: string, report: Report, virtualPaths: ReadonlySet<string>): Program {
  const own = ownFiles(program, file);
  for (const source of own) addErrors(report, program, source);
  const checker = program.getTypeChecker();
  const names = new Names(checker, own);
  return {
    file,
    checker,
    compilerOptions: program.getCompilerOptions(),
    diagnostics: report.list(),
    dependencies: own.map((source) => source.fileName),
    flow: new FlowAnalysis(),
    types: new Types(checker, names),
    names,
    sourceFile: (name) => program.getSourceFile(name),
    isVirtual: (name) => virtualPaths.has(name),
  };
}

/** Reads from disk, except for the virtual files and the declarations of the language. */
function hostOf(options: ts.CompilerOptions, virtual: ReadonlyMap<string, string>, session: Session): ts.CompilerHost {
  const disk = ts.createCompilerHost(options);
  const languages = languageFiles();
  return {
    ...disk,
    getDefaultLibLocation: () => languageFolder,
    getDefaultLibFileName: () => `${languageFolder}/lib.d.ts`,
    fileExists: (name) => virtual.has(name) || languages.has(name) || disk.fileExists(name),
    directoryExists: (name) =>
      [...virtual.keys()].some((file) => file.startsWith(`${name}/`)) || (disk.directoryExists?.(name) ?? false),
    readFile: (name) => virtual.get(name) ?? disk.readFile(name),
    // An import may find another file than before.
    hasInvalidatedResolutions: (name) =>
      !languages.has(name) && /\b(import|from)\b/.test(virtual.get(name) ?? disk.readFile(name) ?? ''),
    getSourceFile: (name, version) => {
      const language = languages.get(name);
      if (language !== undefined) return language;
      const text = virtual.get(name) ?? disk.readFile(name);
      return text === undefined ? undefined : session.parse(name, text, version);
    },
  };
}

/** Where ts-morph keeps the declarations of the language, in memory. */
const languageFolder = '/node_modules/typescript/lib';
let parsed: ReadonlyMap<string, ts.SourceFile> | undefined;

/** `lib.es2023.d.ts` and what it refers to: parsed once, as they never change and most of the time goes there. */
function languageFiles(): ReadonlyMap<string, ts.SourceFile> {
  if (parsed === undefined) {
    const project = new Project({ useInMemoryFileSystem: true, compilerOptions: settings });
    project.createSourceFile('/empty.ts', '');
    const files = project.getProgram().compilerObject.getSourceFiles();
    parsed = new Map(files.map((file) => [file.fileName, file]));
  }
  return parsed;
}

/** The files with code of the user's: not libraries, not declarations. */
function ownFiles(program: ts.Program, file: string): readonly ts.SourceFile[] {
  const own = program
    .getSourceFiles()
    .filter(
      (source) =>
        !source.isDeclarationFile &&
        source.fileName !== libraryFile &&
        !program.isSourceFileFromExternalLibrary(source),
    );
  return own.sort((a, b) => Number(b.fileName === file) - Number(a.fileName === file));
}

function configured(file: string, tsconfig: string | undefined, report: Report): ts.CompilerOptions {
  const { options, broken } = configOf(file, tsconfig);
  if (broken !== undefined) report.add(diagnostic('invalid-tsconfig', wholeFile(broken.file), [broken.message]));
  return options;
}

/** TypeScript gives up on narrowing in functions of thousands of statements: no mistake of the user's. */
const tooLargeForFlow = 2563;

function addErrors(report: Report, program: ts.Program, source: ts.SourceFile): void {
  const syntax = program.getSyntacticDiagnostics(source);
  for (const found of syntax) report.add(translated('syntax-error', found, source));
  // A file that does not parse has type errors only as a consequence.
  if (syntax.length > 0) return;
  for (const found of program.getSemanticDiagnostics(source)) {
    if (found.category === ts.DiagnosticCategory.Error && found.code !== tooLargeForFlow)
      report.add(translated('type-error', found, source));
  }
}

function translated(code: 'syntax-error' | 'type-error', found: ts.Diagnostic, source: ts.SourceFile): Diagnostic {
  const message = ts.flattenDiagnosticMessageText(found.messageText, '\n    ');
  return diagnostic(code, placeAt(source, found.start ?? 0, found.length ?? 1), [message]);
}

export function placeAt(source: ts.SourceFile, start: number, length: number): Place {
  const { line, character } = source.getLineAndCharacterOfPosition(start);
  return { origin: { file: source.fileName, line: line + 1, column: character + 1 }, length };
}

export const placeOf = (node: ts.Node, source = node.getSourceFile()): Place => {
  const start = node.getStart(source);
  return placeAt(source, start, node.end - start);
};
