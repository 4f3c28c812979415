/**
 * adgen as a library.
 *
 * ```ts
 * import { compile } from 'adgen';
 *
 * const { output, diagnostics } = await compile({ file: 'model.ts' }, { modes: ['vjp'] });
 * ```
 */
export { compile, Session } from './compile.js';
export { grad, hessian, hvp, jacobian, jvp, stopGradient, valueAndGrad, vjp } from './operators.js';
export type { Gradient, Jacobian, Tangent, Tangents } from './operators.js';
export type { Diagnostic } from './diagnostics/report.js';
export { render as renderDiagnostic } from './diagnostics/render.js';
export type {
  CompileInput,
  CompileOptions,
  CompileResult,
  EmittedInfo,
  ExportInfo,
  RequestedMode,
  Trajectory,
} from './options.js';
