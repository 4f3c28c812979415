/** The sources with a fault in them: in memory only, what is on disk stays as it is. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../fixture-files.js';
import type { Fault } from './faults.js';

export const faultyFile = ({ file }: Fault): string => path.join(root, 'src', file);

/** The text of the faulty file. Throws if the fault has no place, or several, in the source of today. */
export function planted(fault: Fault): string {
  const text = readFileSync(faultyFile(fault), 'utf8');
  const found = text.split(fault.from).length - 1;
  if (found !== 1) throw new Error(`src/${fault.file} holds this ${found} times, not once: ${fault.from}`);
  return text.replace(fault.from, () => fault.to);
}
