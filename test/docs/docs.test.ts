/** generated/docs is what the fixtures and tables of today say. `npm run generate` rewrites it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { fileTextNow } from '../../src/files.js';
import { filesUnder, fixtures, root } from '../fixture-files.js';
import { codes } from '../../src/diagnostics/codes.js';
import { conventions, conventionsPage, pinned } from './conventions.js';
import { diagnosticsPage, rewrites } from './diagnostics.js';
import { languagePage, languageRows } from './language.js';

const generating = process.env['MODE'] === 'generate';

const pages: Readonly<Record<string, (file: string) => Promise<string>>> = {
  'language.md': languagePage,
  'diagnostics.md': diagnosticsPage,
  'conventions.md': conventionsPage,
};

describe('generated/docs', () => {
  it.each(Object.entries(pages))('%s is up to date', async (name, page) => {
    const file = path.join(root, 'generated/docs', name);
    const text = await page(file);
    if (generating) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    } else expect(fileTextNow(file), 'run `npm run generate`').toBe(text);
  });

  it('shows every construct by a fixture', () => {
    const rows = Object.values(languageRows()).flat();
    expect(rows.filter(({ shownBy }) => shownBy.length === 0).map(({ construct }) => construct.name)).toEqual([]);
  });

  it.each(conventions)('$what: pinned by its fixture', async (convention) => {
    expect(fixtures.map(({ name }) => name)).toContain(convention.fixture);
    const found = await pinned(convention);
    expect(found.length > 0).toBe(convention.fn !== undefined);
  });

  it('rewrites programs for codes that there are', () => {
    expect(rewrites.filter((code) => !(code in codes))).toEqual([]);
  });

  it('rewrites every program that is refused', () => {
    const refused = filesUnder('generated/errors', '.txt').flatMap((file) => {
      const text = fileTextNow(path.join(root, 'generated/errors', file)) ?? '';
      return [...text.matchAll(/error\[([a-z-]+)\]/g)].map(([, code = '']) => code);
    });
    expect([...new Set(refused)].filter((code) => !rewrites.includes(code))).toEqual([]);
  });
});
