/** Types of the IR as TypeScript, and the `import type`s they need. */

import { dirname, relative } from 'node:path';
import type { OptionalType, RecordType, Type, TypeSource } from '../ir/types.js';
import { isIdentifier, propertyName } from './names.js';

export const typedArrays = { f64: 'Float64Array', f32: 'Float32Array', u8: 'Uint8Array', i32: 'Int32Array' } as const;

/** Equal for types that are written alike wherever they come from. */
export function typeKey(type: Type): string {
  const known = keys.get(type);
  if (known !== undefined) return known;
  const key = new TypeText().text(type, 'write');
  keys.set(type, key);
  return key;
}
/** Nothing that is made here is null. */
const absence = ({ nullable }: OptionalType, access: Access): string =>
  nullable === true && access === 'pass' ? ' | null | undefined' : ' | undefined';

/** Types are immutable: what was computed for one stays true. */
const keys = new WeakMap<Type, string>();

/**
 * `pass`: of parameters. `write`: of results, which are overwritten where they are given as `out`, so that nothing in
 * them is `readonly`.
 */
type Access = 'pass' | 'read' | 'write';

export class TypeText {
  /** Name of the type in the output for each name in each file. */
  readonly #imports = new Map<string, Map<string, string>>();
  readonly #names: Set<string>;
  readonly #source: ((type: TypeSource) => boolean) | undefined;

  /** `taken`: names of types that the module exports itself. Types without `imports` are written out in full. */
  constructor(taken: Iterable<string> = [], imports?: (type: TypeSource) => boolean) {
    this.#names = new Set(taken);
    this.#source = imports;
  }

  text(type: Type, access: Access = 'read'): string {
    switch (type.kind) {
      case 'num':
        return 'number';
      case 'bool':
        return 'boolean';
      case 'str':
        return 'string';
      case 'void':
        return 'void';
      case 'optional':
        return `${this.text(type.of, access)}${absence(type, access)}`;
      case 'array': {
        const name = this.#imported(type.source, access);
        if (name !== undefined) return name;
        if (type.storage !== 'list') return typedArrays[type.storage];
        const elem = this.text(type.elem, access);
        const prefix = access !== 'write' && type.readonly === true ? 'readonly ' : '';
        if (type.fixed === undefined)
          return `${prefix}${type.elem.kind === 'optional' || elem.startsWith('readonly ') ? `(${elem})` : elem}[]`;
        // Labels are for all members or for none.
        const labels = type.labels?.length === type.fixed && type.labels.every(isIdentifier) ? type.labels : undefined;
        const parts = Array.from({ length: type.fixed }, (_, k) =>
          labels === undefined ? elem : `${labels[k] ?? ''}: ${elem}`,
        );
        return `${prefix}[${parts.join(', ')}]`;
      }
      case 'record':
        return this.#imported(type.source, access) ?? this.#record(type, access);
    }
  }

  #record({ fields, tuple, readonly }: RecordType, access: Access): string {
    if (tuple)
      return `${access !== 'write' && readonly ? 'readonly ' : ''}[${fields.map((f) => this.text(f.type, access)).join(', ')}]`;
    if (fields.length === 0) return '{}';
    const parts = fields.map(({ name, type }) =>
      type.kind === 'optional'
        ? `${propertyName(name)}?: ${this.text(type.of, access)}${absence(type, access)}`
        : `${propertyName(name)}: ${this.text(type, access)}`,
    );
    return `{ ${parts.join('; ')} }`;
  }

  #imported(source: TypeSource | undefined, access: Access): string | undefined {
    if (access === 'write' && source?.readonly === true) return undefined;
    if (source?.file === undefined || this.#source?.(source) !== true) return undefined;
    let names = this.#imports.get(source.file);
    if (names === undefined) this.#imports.set(source.file, (names = new Map()));
    let name = names.get(source.name);
    if (name === undefined) {
      name = source.name;
      for (let k = 2; this.#names.has(name); k++) name = `${source.name}${k}`;
      this.#names.add(name);
      names.set(source.name, name);
    }
    return name;
  }

  /** The import statements for the types written so far, for a module at `out`. */
  importLines(out: string, extension: string): string[] {
    return [...this.#imports].map(([file, names]) => {
      const parts = [...names].map(([name, local]) => (name === local ? name : `${name} as ${local}`));
      return `import type { ${parts.sort().join(', ')} } from '${specifier(out, file, extension)}';`;
    });
  }
}

/** How a module at `out` spells an import of `file`. */
function specifier(out: string, file: string, extension: string): string {
  const path = relative(dirname(out), file).replaceAll('\\', '/');
  const local = path.startsWith('.') ? path : `./${path}`;
  if (local.endsWith('.d.ts')) return local.replace(/\.d\.ts$/, extension === '.ts' ? '.js' : extension);
  return local.replace(/\.[cm]?tsx?$/, extension);
}
