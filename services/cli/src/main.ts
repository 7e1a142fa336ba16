import { runCli } from './program.js';
import { processIo } from './session/io.js';

// A reader that closes early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  else throw error;
});

process.exitCode = await runCli(process.argv.slice(2), processIo());
