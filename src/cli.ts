#!/usr/bin/env node
import process from 'node:process';
import colors from 'picocolors';
import { run } from './cli/run.js';
import { version } from './version.js';

try {
  process.exitCode = await run(process.argv.slice(2), {
    cwd: process.cwd(),
    color: colors.isColorSupported && process.stderr.isTTY,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
} catch (error) {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `adgen ${version}: internal error. This is a bug in adgen, not in your file; please report it with the file that shows it.\n${detail}\n`,
  );
  process.exitCode = 1;
}
