import type { Row } from './ledger.js';
import type { Verification } from './verify.js';

/** The rows as a table for people, and a line that sums up. */
export function renderTable({ rows, passed }: Verification): string {
  const head = ['function', 'check', 'points', 'worst rel. error', 'verdict'];
  const cells = rows.map((row) => [row.function, row.check, String(row.points), worst(row), verdict(row)]);
  const widths = head.map((title, k) => Math.max(...[head, ...cells].map((line) => (line[k] ?? title).length)));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, k) => (k === 2 || k === 3 ? text.padStart(widths[k] ?? 0) : text.padEnd(widths[k] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  // A function's name once, on its first row.
  const shown = cells.map(([name = '', ...rest], k) => [k > 0 && cells[k - 1]?.[0] === name ? '' : name, ...rest]);
  return `${[line(head), rule, ...shown.map(line)].join('\n')}\n\n${summary(rows, passed)}\n`;
}

function worst({ verdict: judged, worst: error, limit }: Row): string {
  if (judged === 'skipped') return '';
  if (error === 0 && limit === 0) return 'exact';
  return error === 0 ? '0' : Number.isFinite(error) ? error.toExponential(1) : 'different';
}

const verdict = ({ verdict: judged, limit, detail }: Row): string => {
  if (judged === 'ok') return 'ok';
  if (judged === 'skipped') return `skipped: ${detail ?? ''}`;
  return `FAILED ${limit > 0 ? `(limit ${limit.toExponential(0)}) ` : ''}${detail ?? ''}`.trimEnd();
};

function summary(rows: readonly Row[], passed: boolean): string {
  const count = (judged: Row['verdict']) => rows.filter((row) => row.verdict === judged).length;
  const counts = [`${count('ok')} ok`, `${count('FAILED')} failed`, `${count('skipped')} skipped`];
  const word = passed ? 'passed' : count('FAILED') > 0 ? 'FAILED' : 'NOTHING COULD BE CHECKED';
  return `${word}: ${counts.join(', ')}`;
}
