export { compile, Program, type CompileOptions, type Variables } from './program.js';
export {
  JqLimitError,
  JqRuntimeError,
  JqSyntaxError,
  type JqLimitName,
  type SourcePosition,
} from './errors.js';
export { DEFAULT_LIMITS, type JqLimits } from './limits.js';
