/** Collects diagnostics: structured here, turned into text by `render.ts`. */

import type { Origin } from '../ir/types.js';
import { codes, type Code, type CodeArgs, type CodeName, type Level } from './codes.js';

export interface Related {
  readonly message: string;
  readonly origin: Origin;
  readonly length: number;
}

export interface Diagnostic {
  readonly code: CodeName;
  readonly level: Level;
  readonly message: string;
  readonly help: string;
  readonly origin: Origin;
  /** Characters of the line to underline; 0 if the place is a whole file. */
  readonly length: number;
  readonly related?: readonly Related[];
}

export interface Place {
  readonly origin: Origin;
  readonly length: number;
}

/** Makes a diagnostic; the arguments are typed by the code. */
export function diagnostic<K extends CodeName>(
  code: K,
  place: Place,
  args: CodeArgs<K>,
  related: readonly Related[] = [],
): Diagnostic {
  const { level, text, help }: Code = codes[code];
  // The table's entry and the arguments agree by the signature of this function.
  const message = (text as (...args: CodeArgs<K>) => string)(...args);
  const { origin, length } = place;
  const found = { code, level, message, help, origin, length };
  return related.length === 0 ? found : { ...found, related };
}

/** The diagnostics of one compilation: each place and code once, in the order of the source when asked for. */
export class Report {
  readonly #found = new Map<string, Diagnostic>();

  add(found: Diagnostic): void {
    const { file, line, column } = found.origin;
    const key = `${found.code} ${file}:${line}:${column} ${found.message}`;
    if (!this.#found.has(key)) this.#found.set(key, found);
  }

  addAll(found: Iterable<Diagnostic>): void {
    for (const each of found) this.add(each);
  }

  get hasErrors(): boolean {
    return [...this.#found.values()].some(({ level }) => level === 'error');
  }

  /** Sorted by file, line and column. */
  list(): readonly Diagnostic[] {
    return [...this.#found.values()].sort((a, b) => {
      const [p, q] = [a.origin, b.origin];
      if (p.file !== q.file) return p.file < q.file ? -1 : 1;
      return p.line - q.line || p.column - q.column;
    });
  }
}

/** The start of a file, for what concerns all of it. */
export const wholeFile = (file: string): Place => ({ origin: { file, line: 1, column: 1 }, length: 0 });
