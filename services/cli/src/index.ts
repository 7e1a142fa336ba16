export { runCli } from './program.js';
export { EXIT, type ExitCode, type Io } from './session/io.js';
