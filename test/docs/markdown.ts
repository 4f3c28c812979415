/** Markdown that Prettier leaves alone. */
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../fixture-files.js';

/** Also what a page under generated/docs starts with. */
export const page = async (file: string, title: string, ...parts: readonly string[]): Promise<string> => {
  const text = [`# ${title}`, '<!-- Rewritten by `npm run generate`; do not edit. -->', ...parts].join('\n\n');
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

export const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;

/** A link from generated/docs to a file of the repository. */
export const link = (text: string, file: string): string =>
  `[${text}](${path.relative(path.join(root, 'generated/docs'), path.join(root, file)).split(path.sep).join('/')})`;
