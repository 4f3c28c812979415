/** From TypeScript to IR: everything that knows ts-morph is behind these functions. */

export { loadProgram, type LoadOptions, type Program } from './load.js';
export { type Lowered, lowerFunction, type LowerOptions } from './lower.js';
export {
  type Candidate,
  type ExportedFunction,
  type ModuleInfo,
  type NoCandidate,
  readModule,
  type Tag,
} from './module.js';
