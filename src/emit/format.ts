/** Lays out emitted text. The only file that imports prettier. */

import { format } from 'prettier';

export function formatModule(text: string): Promise<string> {
  // Without the name of a file, prettier looks for JSX in all of the text, in time that grows with its square.
  const filepath = 'output.ts';
  return format(text, { parser: 'typescript', filepath, printWidth: 120, singleQuote: true, trailingComma: 'all' });
}
