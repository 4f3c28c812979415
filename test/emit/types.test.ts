import fc from 'fast-check';
import { Project, ts } from 'ts-morph';
import { expect, it } from 'vitest';
import { emitModule } from '../../src/emit/module.js';
import { randomFn } from './random-ir.js';
import { plan } from './support.js';

/** Type errors of emitted random functions under the strict flags. */
function errors(noUnchecked: boolean): string[] {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: false,
    compilerOptions: {
      strict: true,
      noUnusedLocals: true,
      noUncheckedIndexedAccess: noUnchecked,
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts'],
      types: [],
    },
  });
  const tapes = fc.sample(fc.array(fc.nat(999), { minLength: 60, maxLength: 250, size: 'max' }), {
    numRuns: 80,
    seed: 11,
  });
  tapes.forEach((tape, k) => {
    const fn = randomFn(tape, k % 2 === 0);
    project.createSourceFile(`f${k}.ts`, emitModule(plan(fn, { out: k % 2 === 0, noUnchecked })));
  });
  return project.getPreEmitDiagnostics().map((found) => {
    const file = found.getSourceFile();
    return `${String(found.getLineNumber())}: ${JSON.stringify(found.getMessageText())}\n${file?.getFullText() ?? ''}`;
  });
}

it.each([false, true])(
  'emitted functions pass `tsc --strict`, noUncheckedIndexedAccess: %s',
  { timeout: 60_000 },
  (flag) => {
    expect(errors(flag).slice(0, 3)).toEqual([]);
  },
);
