/**
 * generated/ is what adgen makes of fixtures/ today, and it is code that others
 * can use: it type-checks, also where indexing may give `undefined`.
 * `npm run generate` runs this file to rewrite generated/.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { fileTextNow } from '../src/files.js';
import { compileFixture, filesUnder, fixtures, rendered, root } from './fixture-files.js';

const generating = process.env['MODE'] === 'generate';

describe('generated/', () => {
  it.each(fixtures)('$name is up to date', async (fixture) => {
    const result = await compileFixture(fixture);
    const text = fixture.refused ? rendered(result) : result.output?.text;
    expect(result.output === undefined, rendered(result)).toBe(fixture.refused);
    if (text === undefined) return;
    if (generating) {
      mkdirSync(path.dirname(fixture.generated), { recursive: true });
      writeFileSync(fixture.generated, text);
    } else {
      expect(fileTextNow(fixture.generated), 'run `npm run generate`').toBe(text);
    }
  });

  it('holds nothing else', () => {
    const expected = new Set(fixtures.map(({ generated }) => generated));
    const present = ['.ts', '.txt']
      .flatMap((ending) => filesUnder('generated', ending))
      .map((name) => path.join(root, 'generated', name));
    const left = present.filter((file) => !expected.has(file) && !file.startsWith(path.join(root, 'generated/docs/')));
    if (generating) for (const file of left) rmSync(file);
    else expect(left).toEqual([]);
  });
});

const read = fixtures.filter(({ refused }) => !refused);

describe.skipIf(generating)('generated code', () => {
  it('type-checks under --strict', () => {
    expect(typeErrors(new Map(read.map(({ generated }) => [generated, fileTextNow(generated) ?? ''])))).toEqual([]);
  });

  it('type-checks where indexing may give undefined', async () => {
    // Made for the occasion, in place of what is on disk.
    const careful = new Map<string, string>();
    for (const fixture of read) {
      const { output } = await compileFixture(fixture, { noUncheckedIndexedAccess: true, format: false });
      careful.set(fixture.generated, output?.text ?? '');
    }
    expect(typeErrors(careful, { noUncheckedIndexedAccess: true })).toEqual([]);
  });
});

/** Errors in `texts`, by path, under plain `strict` and `options`; other files come from the disk. */
function typeErrors(texts: ReadonlyMap<string, string>, options: ts.CompilerOptions = {}): string[] {
  const all: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    types: [],
    strict: true,
    noEmit: true,
    ...options,
  };
  const host = ts.createCompilerHost(all);
  const disk = {
    readFile: host.readFile.bind(host),
    fileExists: host.fileExists.bind(host),
    getSourceFile: host.getSourceFile.bind(host),
  };
  host.readFile = (file) => texts.get(file) ?? disk.readFile(file);
  host.fileExists = (file) => texts.has(file) || disk.fileExists(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = texts.get(file);
    return text === undefined ? disk.getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
  };
  const program = ts.createProgram([...texts.keys()], all, host);
  const errors = [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return source ? [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)] : [];
  });
  return errors.map(({ file, start = 0, messageText }) => {
    const place = file && ts.getLineAndCharacterOfPosition(file, start);
    const shown = file ? `${path.relative(root, file.fileName)}:${(place?.line ?? 0) + 1}` : '';
    return `${shown}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
