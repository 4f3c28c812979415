import path from 'node:path';

/** `model.ts` → `model.ad.ts`, beside the input or in `outDir`; `.mts` and `.cts` keep their kind. */
export function outputPath(file: string, outDir?: string): string {
  const { dir, name, ext } = path.parse(path.resolve(file));
  return path.join(outDir === undefined ? dir : path.resolve(outDir), `${name}.ad${ext === '.tsx' ? '.ts' : ext}`);
}
