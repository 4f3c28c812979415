/** Folders for tests that need real files. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Folder {
  readonly path: string;
  file(name: string): string;
  write(name: string, text: string): string;
  read(name: string): string;
  /** All files, sorted, but for those under node_modules. */
  list(): readonly string[];
  remove(): void;
}

export function temporaryFolder(files: Readonly<Record<string, string>> = {}): Folder {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'adgen-test-')));
  const folder: Folder = {
    path: root,
    file: (name) => path.join(root, name),
    write(name, text) {
      const file = path.join(root, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    read: (name) => readFileSync(path.join(root, name), 'utf8'),
    list: () =>
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
        .filter((name) => !name.split(path.sep).includes('node_modules'))
        .toSorted(),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  return folder;
}
