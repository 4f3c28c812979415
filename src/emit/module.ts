/** A module as text: header, imports of types, exported types, functions. */

import { generatedMark } from '../generated-mark.js';
import { docComment, emitFunction } from './function.js';
import type { ModulePlan } from './plan.js';
import { Helpers } from './helpers.js';
import { TypeText } from './types.js';

export function emitModule(plan: ModulePlan): string {
  const { header, functions, noUnchecked } = plan;
  const named = functions.flatMap(({ resultName }) => (resultName === undefined ? [] : [resultName]));
  // A type that its module does not export has no file and is written out.
  const types = new TypeText(named, () => true);
  const helpers = new Helpers([...named, ...functions.map(({ fn }) => fn.name)]);
  const parts = functions.flatMap((emitted) => {
    const { resultName, fn, out } = emitted;
    const { callees, fresh } = helpers.of(fn);
    const text = [
      emitFunction(emitted, types, noUnchecked, callees),
      ...fresh.map((helper) =>
        emitFunction(
          { fn: helper, doc: helper.doc ? [helper.doc] : [], out: false, guards: false },
          types,
          noUnchecked,
          callees,
        ),
      ),
    ].join('\n\n');
    if (resultName === undefined) return [text];
    const reuse = out ? '; pass one as `out` to have its numbers and arrays overwritten' : '';
    const alias = `export type ${resultName} = ${types.text(fn.result, 'write')};`;
    return [[...docComment([`What \`${fn.name}\` returns${reuse}.`]), alias].join('\n'), text];
  });
  const options = header.options === '' ? '' : ` Options: ${header.options}.`;
  const first = `${generatedMark}${header.version} from ${header.input}. Do not edit; run adgen again.${options}`;
  const imports = types.importLines(plan.out, plan.extension ?? '.js');
  return (
    [
      [first, `// hash ${header.hash}`].join('\n'),
      ...(imports.length === 0 ? [] : [imports.join('\n')]),
      ...parts,
    ].join('\n\n') + '\n'
  );
}
