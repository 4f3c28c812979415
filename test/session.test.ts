import { afterEach, describe, expect, it } from 'vitest';
import { compile, Session } from '../src/compile.js';
import { type Folder, temporaryFolder } from './temporary.js';

/** Several compilations in one process, as a watcher makes them: what one leaves for the next changes no result. */
describe('a session', () => {
  let folder: Folder | undefined;
  afterEach(() => folder?.remove());

  const both = async (file: string, session: Session) => {
    const [shared, fresh] = [
      await compile({ file }, { format: false }, session),
      await compile({ file }, { format: false }),
    ];
    expect(shared.output?.text).toBe(fresh.output?.text);
    expect(shared.diagnostics).toEqual(fresh.diagnostics);
    return shared;
  };

  it('sees changes of the file and of what it imports', async () => {
    folder = temporaryFolder({
      'helper.ts': 'export const twice = (x: number): number => 2 * x;\n',
      'model.ts': "import { twice } from './helper.js';\nexport const f = (x: number): number => twice(x) * x;\n",
    });
    const [file, session] = [folder.file('model.ts'), new Session()];
    const first = await both(file, session);
    expect((await both(file, session)).output?.text).toBe(first.output?.text);

    folder.write('helper.ts', 'export const twice = (x: number): number => x + Math.sin(x);\n');
    expect((await both(file, session)).output?.text).toContain('Math.sin');

    folder.write(
      'model.ts',
      "import { twice } from './other.js';\nexport const f = (x: number): number => twice(x);\n",
    );
    expect((await both(file, session)).output).toBeUndefined();
    folder.write('other.ts', 'export const twice = (x: number): number => Math.cos(x);\n');
    expect((await both(file, session)).output?.text).toContain('Math.cos');
  });

  it('keeps programs of different files and settings apart', async () => {
    folder = temporaryFolder({
      'a.ts': 'export const f = (x: number[]): number => x[0] * 2;\n',
      'b.ts': 'export const f = (x: number): number => { return x *; };\n',
      'strict/a.ts': 'export const f = (x: number[]): number => x[0] * 2;\n',
      'strict/tsconfig.json': '{ "compilerOptions": { "strict": true, "noUncheckedIndexedAccess": true } }',
    });
    const session = new Session();
    for (let round = 0; round < 2; round += 1) {
      expect((await both(folder.file('a.ts'), session)).output).toBeDefined();
      expect((await both(folder.file('b.ts'), session)).diagnostics[0]?.code).toBe('syntax-error');
      expect((await both(folder.file('strict/a.ts'), session)).diagnostics[0]?.code).toBe('type-error');
    }
    folder.write('b.ts', 'export const f = (x: number): number => x * x;\n');
    expect((await both(folder.file('b.ts'), session)).output).toBeDefined();
  });
});
