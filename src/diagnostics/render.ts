/** Diagnostics as text with a code frame, for people, and as plain data, for tools. */

import path from 'node:path';
import pc from 'picocolors';
import type { Origin } from '../ir/types.js';
import type { Diagnostic } from './report.js';

export interface RenderOptions {
  /** Text of a file of a diagnostic; undefined if it cannot be read. */
  readonly source: (file: string) => string | undefined;
  /** Folder that paths are shown relative to. Default: the working directory. */
  readonly cwd?: string;
  /** Default: whether standard output is a terminal that shows colours. */
  readonly colors?: boolean;
}

type Colors = ReturnType<typeof pc.createColors>;

/**
 *     src/physics.ts:12:10 - error[impure-call]: `Math.random` gives a different answer every time
 *       11 |   const k = mass * scale;
 *     > 12 |   return Math.random() * x;
 *          |          ^^^^^^^^^^^
 *       help: Compute the value outside and pass it as a parameter.
 */
export function render(found: Diagnostic, options: RenderOptions): string {
  const c = pc.createColors(options.colors ?? pc.isColorSupported);
  const paint = { error: c.red, warning: c.yellow, note: c.cyan }[found.level];
  const lines = [
    `${c.bold(where(found.origin, options))} - ${paint(`${found.level}[${found.code}]`)}: ${found.message}`,
    ...frame(found.origin, found.length, options, c, paint),
  ];
  for (const { message, origin, length } of found.related ?? []) {
    lines.push(`  ${where(origin, options)}: ${message}`, ...frame(origin, length, options, c, c.cyan));
  }
  lines.push(`  ${c.bold('help')}: ${found.help}`);
  return lines.join('\n');
}

export const renderAll = (found: readonly Diagnostic[], options: RenderOptions): string =>
  found.map((each) => render(each, options)).join('\n\n');

function where({ file, line, column }: Origin, { cwd = process.cwd() }: RenderOptions): string {
  const relative = path.relative(cwd, file);
  const shown = relative === '' || relative.startsWith('..') ? file : relative;
  return `${shown.split(path.sep).join('/')}:${line}:${column}`;
}

function frame(
  { file, line, column }: Origin,
  length: number,
  { source }: RenderOptions,
  c: Colors,
  paint: (text: string) => string,
): readonly string[] {
  const text = length === 0 ? undefined : source(file);
  if (text === undefined) return [];
  const lines = text.split(/\r\n|\n|\r/);
  const current = lines[line - 1];
  if (current === undefined) return [];
  const width = String(line).length;
  const gutter = (label: string, mark: string) => c.dim(`  ${mark} ${label.padStart(width)} |`);
  const previous = lines[line - 2];
  const marks = '^'.repeat(Math.max(1, Math.min(length, current.length - column + 1)));
  // A tab before the place is kept, so that the marks stand below it.
  const indent = current.slice(0, column - 1).replace(/[^\t]/g, ' ');
  const shown = [`${gutter(String(line), '>')} ${current}`, `${gutter('', ' ')} ${indent}${paint(marks)}`];
  if (previous !== undefined && previous.trim() !== '') shown.unshift(`${gutter(String(line - 1), ' ')} ${previous}`);
  return shown;
}

/** The plain-data form: what `--json` prints. */
export function toJson(found: Diagnostic): Record<string, unknown> {
  const { code, level, message, help, origin, length, related } = found;
  const place = ({ file, line, column }: Origin, n: number) => ({ file, line, column, length: n });
  return {
    code,
    level,
    message,
    help,
    ...place(origin, length),
    ...(related && { related: related.map((r) => ({ message: r.message, ...place(r.origin, r.length) })) }),
  };
}
