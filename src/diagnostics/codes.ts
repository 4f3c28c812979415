/**
 * Every diagnostic adgen can give: level, text (its arguments name the user's own code) and advice that works.
 * Codes are stable once released.
 */

export type Level = 'error' | 'warning' | 'note';

export interface Code {
  readonly level: Level;
  readonly text: (...args: never[]) => string;
  readonly help: string;
}

export const codes = {
  // ---- reading files
  'file-not-found': {
    level: 'error',
    text: (file: string) => `cannot read \`${file}\``,
    help: 'Check the path; it is taken relative to the folder adgen runs in.',
  },
  'syntax-error': {
    level: 'error',
    text: (message: string) => message,
    help: 'The file must parse as TypeScript before it can be differentiated.',
  },
  'type-error': {
    level: 'error',
    text: (message: string) => message,
    help: 'Make the file compile with `tsc --strict` first: adgen relies on its types.',
  },
  'invalid-tsconfig': {
    level: 'error',
    text: (message: string) => message,
    help: 'Repair the configuration file, or name another with `--tsconfig`.',
  },

  // ---- exports and tags
  'nothing-to-differentiate': {
    level: 'error',
    text: (file: string) => `\`${file}\` exports no function from real numbers to real numbers`,
    help: 'Export a function such as `export function f(x: number): number { … }`.',
  },
  'not-a-candidate': {
    level: 'note',
    text: (name: string, reason: string) => `\`${name}\` is skipped: ${reason}`,
    help: 'Nothing to do if it is not meant to be differentiated.',
  },
  'unknown-tag': {
    level: 'error',
    text: (word: string) => `\`${word}\` is not understood in an @adgen tag`,
    help: 'Write modes (forward jvp vjp grad chain), `wrt=a,b`, `const K=8`, `as=name`, `trajectory=given`, `off` or `skip`.',
  },

  // ---- constructs that are not read
  async: {
    level: 'error',
    text: (name: string) => `\`${name}\` is asynchronous`,
    help: 'Await the data outside, and pass it to a synchronous function.',
  },
  generator: {
    level: 'error',
    text: (name: string) => `\`${name}\` is a generator`,
    help: 'Return an array of the values, or use a loop in place of the generator.',
  },
  'any-type': {
    level: 'error',
    text: (what: string) => `${what} has type \`any\``,
    help: 'Write its type: `number`, `number[]`, `Float64Array`, a tuple, or an interface of these.',
  },
  'try-catch': {
    level: 'error',
    text: () => '`try` is not read: an exception would be control flow that a derivative cannot follow',
    help: 'Test for the condition with `if` before it happens; a `throw` as a guard is read.',
  },
  'impure-call': {
    level: 'error',
    text: (name: string) => `\`${name}\` gives a different answer every time`,
    help: 'Compute the value outside and pass it as a parameter.',
  },
  collection: {
    level: 'error',
    text: (name: string) => `\`${name}\` is not read`,
    help: 'Use a Map or Set whose keys are numbers, strings or booleans, or an array and an index.',
  },
  'collection-outside': {
    level: 'error',
    text: (what: string) => `${what} holds a Map or Set, which has no derivative that could be returned`,
    help: 'Pass arrays of its keys and of its values, and make the Map of them inside: `new Map(keys.map((k, i) => [k, values[i]]))`.',
  },
  'changed-while-visited': {
    level: 'error',
    text: (name: string) => `\`${name}\` removes keys while a loop runs through a Map or Set`,
    help: 'Run through a copy, `for (const k of [...map.keys()])`.',
  },
  iterator: {
    level: 'error',
    text: (what: string) => `the iterator \`${what}\` is kept, or asked for one element after the other`,
    help: 'Run through it with `for … of`, or take all of it at once: `[...map.values()]`.',
  },
  'active-key': {
    level: 'error',
    text: (what: string) => `${what} is a real number, and becomes a key of a Map or Set`,
    help: 'Whole numbers: write `Math.round(k)`, keep them in an Int32Array, or leave them out of `wrt`. A key may not be differentiated: what is found under it would have the derivatives of another number.',
  },
  json: {
    level: 'error',
    text: (name: string) => `\`${name}\` turns numbers into text or back, which has no derivative`,
    help: 'Copy a structure with spread or `slice`; read data outside of the function.',
  },
  'text-of-number': {
    level: 'error',
    text: (what: string) => `${what} makes a string of a number`,
    help: 'Compute with the number itself: `Math.round(x * 100) / 100` in place of `x.toFixed(2)`. In a key, write a whole number as `Math.round(k)`.',
  },
  'number-from-text': {
    level: 'error',
    text: (what: string) => `${what} reads a number from a string`,
    help: 'Parse the text outside and pass the number as a parameter.',
  },
  'string-operation': {
    level: 'error',
    text: (what: string) => `${what} computes with strings`,
    help: 'Strings can be compared, switched on and printed in a message; compute them outside.',
  },
  regex: {
    level: 'error',
    text: () => 'a regular expression is not read',
    help: 'Match the text outside and pass the result as a parameter.',
  },
  bigint: {
    level: 'error',
    text: () => 'a bigint is not read',
    help: 'Use numbers: whole numbers are exact up to 2 ** 53.',
  },
  'bit-operation': {
    level: 'error',
    text: (op: string) => `\`${op}\` works on the bits of a real number, which has no derivative`,
    help: 'Use arithmetic: `Math.trunc(x)` in place of `x | 0`, `x * 2 ** n` in place of `x << n`.',
  },
  'integer-array': {
    level: 'error',
    text: (name: string) => `a real number is stored in an \`${name}\`, which cuts it to an integer`,
    help: 'Use a Float64Array, or write Math.trunc where the cut is meant.',
  },
  recursion: {
    level: 'error',
    text: (name: string) => `\`${name}\` calls itself with functions or types that differ from call to call`,
    help: 'Pass data in place of the function and declare the type of the result, or write it as a loop.',
  },
  'too-large': {
    level: 'error',
    text: (name: string) => `\`${name}\` is nested too deeply, or calls too much, to be read`,
    help: 'Use a loop in place of the nested calls, and name parts of what is nested.',
  },
  'module-state': {
    level: 'error',
    text: (name: string) => `\`${name}\` is module state that changes`,
    help: 'Make it a local variable, or pass it as a parameter and return its new value.',
  },
  'module-cycle': {
    level: 'error',
    text: (name: string) => `the value of \`${name}\` depends on itself`,
    help: 'Compute it from values that are known before it.',
  },
  eval: {
    level: 'error',
    text: (name: string) => `\`${name}\` runs code that cannot be read`,
    help: 'Write the function out.',
  },
  delete: {
    level: 'error',
    text: () => '`delete` is not read',
    help: 'Make the field optional and set it to undefined, or build a new object without it.',
  },
  'dynamic-property': {
    level: 'error',
    text: (what: string) => `${what} names a property that is only known at run time`,
    help: 'Use an array and an index, or a `switch` over the names.',
  },
  dictionary: {
    level: 'error',
    text: (what: string, type: string) => `${what} is a dictionary, \`${type}\`: its names are only known at run time`,
    help: 'Use an array and an index, or an interface that lists the names.',
  },
  'unknown-property': {
    level: 'error',
    text: (name: string, of: string) => `\`${name}\` of ${of} is not read`,
    help: 'Use the fields and methods listed in the language table of the docs.',
  },
  'no-source': {
    level: 'error',
    text: (name: string) => `\`${name}\` has no source that adgen can read`,
    help: 'Write the function in TypeScript in your own files, or pass its result as a parameter.',
  },
  'arguments-object': {
    level: 'error',
    text: () => '`arguments` is not read',
    help: 'Name the parameters, or declare a rest parameter: `(...xs: number[])`.',
  },
  'unsupported-call': {
    level: 'error',
    text: (name: string) => `the call of \`${name}\` is not read`,
    help: 'Write out what it does with arrays, records and loops, or call it outside and pass its result as a parameter.',
  },
  'unsupported-argument': {
    level: 'error',
    text: (what: string) => what,
    help: 'Pass it in the usual form, or write a loop.',
  },
  'function-value': {
    level: 'error',
    text: (what: string) => `${what} is only known at run time`,
    help: 'Functions are followed at compile time: bind them with const, pass them as arguments, and call them.',
  },
  'dynamic-dispatch': {
    level: 'error',
    text: (name: string) => `which \`${name}\` is called is only known at run time`,
    help: 'Use a discriminated union and a `switch`, or call the method on an object of one class.',
  },
  'unsupported-type': {
    level: 'error',
    text: (what: string, type: string) => `${what} has type \`${type}\`, which is not read`,
    help: 'Use numbers, booleans, arrays, tuples and records of these.',
  },
  'null-type': {
    level: 'error',
    text: (what: string) => `${what} may be or hold \`null\`, which derivatives do not tell from \`undefined\``,
    help: 'Say `undefined` for what is not there: `x?: number` in place of `x: number | null`. Parameters may hold either, where the two mean the same.',
  },
  'recursive-type': {
    level: 'error',
    text: (what: string, type: string) => `${what} has type \`${type}\`, which contains itself`,
    help: 'Keep the nodes in an array and refer to them by index.',
  },
  'mixed-types': {
    level: 'error',
    text: (a: string, b: string) => `one variable or expression is sometimes ${a}, sometimes ${b}`,
    help: 'Use one kind of value, or two variables; arrays are converted by `Float64Array.from(x)` and `Array.from(x)`.',
  },
  'unsupported-syntax': {
    level: 'error',
    text: (what: string) => `${what} is not read`,
    help: 'The language table of the docs lists what is read.',
  },
  'unsupported-operator': {
    level: 'error',
    text: (op: string) => `the operator \`${op}\` is not read here`,
    help: 'The operands must be numbers, booleans, or strings that are compared.',
  },
  'loose-equality': {
    level: 'error',
    text: (op: string) => `\`${op}\` compares values of different types`,
    help: 'Use `===` or `!==`.',
  },
  'unsupported-destructuring': {
    level: 'error',
    text: (what: string) => `${what} cannot be taken apart`,
    help: 'Name the value, and read its fields or elements.',
  },
  'accessor-effect': {
    level: 'error',
    text: (name: string) => `the getter \`${name}\` changes something`,
    help: 'Make it a method, so that its effect can be seen where it is called.',
  },
  'comparison-effect': {
    level: 'error',
    text: () => 'the comparison of a sort changes something outside of itself',
    help: 'Let it compare its two arguments only; how often it is called is up to the engine.',
  },
  'sparse-array': {
    level: 'error',
    text: () => 'an array with holes is not read',
    help: 'Give every element a value, for example with `.fill(0)`.',
  },
  'operator-use': {
    level: 'error',
    text: (name: string, how: string) => `\`${name}\` ${how}`,
    help: 'Write for example `grad(f)(x)`, `grad(f, 1)(x, y)` or `vjp(f)(x, y, cotangent)` with a function f of this program.',
  },
  'operator-effect': {
    level: 'error',
    text: (name: string) => `the function that an operator is applied to changes \`${name}\`, which is outside of it`,
    help: 'Let it return the new value, or give it what it changes as an argument.',
  },
  'console-dropped': {
    level: 'note',
    text: (name: string) => `\`${name}\` is left out of the derivative code`,
    help: 'Nothing to do: it has no effect on the result.',
  },
  // ---- differentiating
  'no-active-parameter': {
    level: 'error',
    text: (name: string) => `no parameter of \`${name}\` is active`,
    help: 'Name one that holds real numbers in `wrt`, or leave the function out with `--functions` or `@adgen skip`.',
  },
  'unknown-parameter': {
    level: 'error',
    text: (name: string, param: string) => `\`${name}\` has no parameter \`${param}\``,
    help: 'Name its own parameters in `wrt=`; a destructured one is called `arg0`, `arg1`, … by its place.',
  },
  'grad-of-array': {
    level: 'error',
    text: (name: string) => `\`${name}\` does not return a number, so it has no gradient`,
    help: 'Ask for `vjp` (or `jvp`) instead.',
  },
  'copies-parameter': {
    level: 'note',
    text: (name: string, param: string) =>
      `\`${name}\` writes to its parameter \`${param}\`; the emitted functions write to a copy`,
    help: 'Cotangents are with respect to the value at entry. To silence this, copy it in the model: `x = x.slice()`.',
  },
  'name-collision': {
    level: 'error',
    text: (name: string) => `two exports would be called \`${name}\``,
    help: 'Give one another name with a doc tag: `@adgen vjp as=otherName`.',
  },
  'two-betas': {
    level: 'error',
    text: (first: string, second: string) =>
      `both \`${first}\` and \`${second}\` are exported, and a chain has one of them`,
    help: 'Rename one, or leave it out with `@adgen skip`.',
  },
  'no-chain': {
    level: 'note',
    text: (reason: string) => `h, p and β are here but make no chain: ${reason}`,
    help: 'A chain is h(x, theta[, i]) → x, p(x[, i]) → number and beta(phi[, i]) → number.',
  },
  'chain-mismatch': {
    level: 'error',
    text: (reason: string) => `h, p and β make no chain: ${reason}`,
    help: 'A chain is h(x, theta[, i]) → x, p(x[, i]) → number and beta(phi[, i]) → number.',
  },
} as const satisfies Record<string, Code>;

export type CodeName = keyof typeof codes;
export type CodeArgs<K extends CodeName> = Parameters<(typeof codes)[K]['text']>;
