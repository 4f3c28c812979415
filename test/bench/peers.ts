/**
 * Other tools to compare with are dependencies of this folder's own package.json: `npm install` in test/bench brings
 * them. Without them they are reported as absent, and the rest runs as ever.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly installed: boolean;
}

export function peers(root: string): readonly Peer[] {
  const file = path.join(root, 'test/bench/package.json');
  // The cast: this repository's own file.
  const { optionalDependencies } = JSON.parse(readFileSync(file, 'utf8')) as {
    optionalDependencies: Readonly<Record<string, string>>;
  };
  const { resolve } = createRequire(file);
  return Object.entries(optionalDependencies).map(([name, version]) => ({
    name,
    version,
    installed: canResolve(resolve, name),
  }));
}

function canResolve(resolve: NodeJS.RequireResolve, name: string): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}
