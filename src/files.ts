import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { access, constants, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** A file could not be written; `message` says what to do about it. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
}

export const fileText = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);

export function fileTextNow(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Writes to a temporary file in the same folder and renames it: a reader sees the old text or the new one, and a
 * failure leaves the old. A file that holds `text` already is not touched, so that watchers stay quiet.
 */
export async function writeAtomically(file: string, text: string): Promise<'written' | 'unchanged'> {
  if ((await fileText(file)) === text) return 'unchanged';
  const target = await realpath(file).catch(() => file); // through a symbolic link, not over it
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}.tmp`);
  try {
    await mkdir(path.dirname(target), { recursive: true });
    // A rename would succeed over a protected file, but its owner protected it.
    const present = await stat(target).catch(() => undefined);
    if (present?.isDirectory()) throw new WriteError(`${file} is a folder`);
    if (present) await access(target, constants.W_OK);
    const handle = await open(temporary, 'wx', present?.mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    return 'written';
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error instanceof WriteError ? error : new WriteError(explain(error, file), { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; change the permissions or choose another --out-dir',
  EPERM: 'permission denied; change the permissions or choose another --out-dir',
  EROFS: 'the file system is read-only; choose another --out-dir',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another --out-dir',
  EEXIST: 'a part of the path is a file, not a folder; choose another --out-dir',
};

function explain(error: unknown, file: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `cannot write ${file}: ${reasons[code] ?? (error instanceof Error ? error.message : String(error))}`;
}
