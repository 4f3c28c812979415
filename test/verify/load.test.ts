/** What `--verify` runs is resolved as the compiler resolves it. */
import { expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { verify } from '../../src/verify/verify.js';
import { temporaryFolder } from '../temporary.js';

it('finds modules by the paths of tsconfig.json, and runs modules of every extension', async () => {
  const folder = temporaryFolder({
    'tsconfig.json':
      '{ "compilerOptions": { "strict": true, "module": "esnext", "moduleResolution": "bundler", "types": [], "paths": { "@lib/*": ["./lib-*.ts"] } } }',
    'lib-norm.ts': 'export const norm = (x: number, y: number): number => Math.sqrt(x * x + y * y);',
    'aliased.ts':
      "import { norm } from '@lib/norm';\nexport const f = (x: number, y: number): number => norm(x, y) * x;",
    'module.mts': "import { f } from './aliased.js';\nexport const g = (x: number): number => f(x, 1 - x);",
    'view.tsx': 'export const area = (w: number, h: number): number => w * h;',
  });
  try {
    for (const name of ['aliased.ts', 'module.mts', 'view.tsx']) {
      const { passed, rows } = verify(await compile({ file: folder.file(name) }, { format: false }));
      expect(rows.filter(({ verdict }) => verdict === 'FAILED')).toEqual([]);
      expect(passed).toBe(true);
    }
  } finally {
    folder.remove();
  }
});
