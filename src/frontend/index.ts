/** From TypeScript to IR: everything that knows ts-morph is behind these functions. */

export { loadProgram, type Program, Session } from './load.js';
export { lowerFunction } from './lower.js';
export { type Candidate, type ModuleInfo, readModule, type Tag } from './module.js';
