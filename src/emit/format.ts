/** Lays out emitted text. The only file that imports prettier. */

import { format } from 'prettier';

export function formatModule(text: string): Promise<string> {
  return format(text, { parser: 'typescript', printWidth: 120, singleQuote: true, trailingComma: 'all' });
}
