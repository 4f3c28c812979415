/** The language table: what is read, and the smallest fixture that shows it; what is refused, and the code. */
import path from 'node:path';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { version } from '../../src/version.js';
import { filesUnder, fixtures, root, type Fixture } from '../fixture-files.js';
import { constructs, within, type Construct } from './constructs.js';
import { link, page, table } from './markdown.js';

interface Program {
  readonly fixture: Fixture;
  readonly nodes: readonly ts.Node[];
}

/** A fixture's own file, without what it exports for its checks. */
function parsed(fixture: Fixture): Program {
  const file = ts.createSourceFile(fixture.file, readFileSync(fixture.file, 'utf8'), ts.ScriptTarget.ES2023, true);
  const model = file.statements.filter(
    (stmt) =>
      !ts.isVariableStatement(stmt) ||
      !stmt.declarationList.declarations.some(({ name }) => ['points', 'expected'].includes(name.getText())),
  );
  return { fixture, nodes: model.flatMap((stmt) => [stmt, ...within(stmt)]) };
}

export interface Row {
  readonly construct: Construct;
  /** Those that use it, the smallest first. */
  readonly shownBy: readonly Fixture[];
}

export function languageRows(): Readonly<Record<string, readonly Row[]>> {
  const programs = fixtures
    .filter(({ refused, name }) => !refused && !name.startsWith('rewrites/'))
    .map(parsed)
    .toSorted((a, b) => a.nodes.length - b.nodes.length);
  return Object.fromEntries(
    Object.entries(constructs).map(([title, rows]) => [
      title,
      rows.map((construct) => ({
        construct,
        shownBy: programs.filter(({ nodes }) => nodes.some(construct.is)).map(({ fixture }) => fixture),
      })),
    ]),
  );
}

const linked = ({ name }: Fixture): string => link(name, `fixtures/${name}.ts`);

/** What is refused: a line per fixture, with the code and the text. */
function refusals(): readonly (readonly string[])[] {
  return filesUnder('generated/errors', '.txt').flatMap((file) => {
    const text = readFileSync(path.join(root, 'generated/errors', file), 'utf8');
    const [, code = '', message = ''] = /error\[([a-z-]+)\]: (.*)/.exec(text) ?? [];
    const name = `errors/${file.replace(/\.txt$/, '')}`;
    return [[message, `[${code}](diagnostics.md#${code})`, link(name, `fixtures/${name}.ts`)]];
  });
}

export const languagePage = (file: string): Promise<string> =>
  page(
    file,
    'The language',
    `What adgen ${version} reads and refuses, found in its fixtures: each is compiled, run and checked by \`npm test\`.`,
    ...Object.entries(languageRows()).flatMap(([title, rows]) => [
      `## ${title}`,
      table(
        ['construct', 'read since', 'shown by', 'fixtures with it'],
        rows.map(({ construct, shownBy }) => [
          `\`${construct.name}\``,
          '0.1.0',
          ...(shownBy[0] ? [linked(shownBy[0]), String(shownBy.length)] : ['', '0']),
        ]),
      ),
    ]),
    '## Refused',
    table(['what', 'code', 'shown by'], refusals()),
  );
