/** Which fixtures there are, and what adgen makes of them. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { compile, type Session } from '../src/compile.js';
import { renderAll } from '../src/diagnostics/render.js';
import { fileTextNow } from '../src/files.js';
import type { CompileOptions, CompileResult } from '../src/options.js';
import { outputPath } from '../src/output-path.js';

/** Tests and scripts of package.json run at the root of the repository, and some from a bundle elsewhere. */
export const root = process.cwd();

export interface Fixture {
  /** `loops/for-counted`, the name under fixtures/ and generated/. */
  readonly name: string;
  readonly file: string;
  /** What is checked in: the generated module, or the rendered diagnostics of a file that is refused. */
  readonly generated: string;
  readonly refused: boolean;
}

export const filesUnder = (folder: string, ending: string): readonly string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => name.split(path.sep).join('/'))
    .toSorted();

/** One per file under fixtures/; files whose names start with `_` are only imported by others. */
export const fixtures: readonly Fixture[] = filesUnder('fixtures', '.ts')
  .filter((name) => !path.basename(name).startsWith('_'))
  .map((file) => {
    const name = file.replace(/\.ts$/, '');
    const refused = name.startsWith('errors/');
    const full = path.join(root, 'fixtures', file);
    const folder = path.join(root, 'generated', path.dirname(file));
    return {
      name,
      file: full,
      refused,
      generated: refused ? path.join(folder, `${path.basename(name)}.txt`) : outputPath(full, folder),
    };
  });

export const compileFixture = (
  { file, generated }: Fixture,
  options: CompileOptions = {},
  session?: Session,
): Promise<CompileResult> => compile({ file }, { outDir: path.dirname(generated), ...options }, session);

/** The diagnostics of a refused file as the command prints them, run at the root of the repository. */
export const rendered = ({ diagnostics }: CompileResult): string =>
  `${renderAll(diagnostics, { source: fileTextNow, cwd: root, colors: false })}\n`;
