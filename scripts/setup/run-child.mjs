import { spawn } from 'node:child_process';

const tailBytesMax = 200_000;
const children = new Set();

// A set-up that is told to stop takes its children with it; the stamps are written last, so the step is
// redone next time.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    for (const child of children) child.kill('SIGTERM');
    process.exit(code);
  });
}

/**
 * Runs a command to its end. Resolves with its exit code and the tail of what it printed (all of it with
 * `keepAll`); with `inherit` it prints to this process's own output instead.
 */
export function runChild(command, args, { cwd, env, inherit = false, keepAll = false } = {}) {
  const stdio = inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
  children.add(child);
  let output = '';
  const keep = (chunk) => {
    output += chunk;
    if (!keepAll && output.length > 2 * tailBytesMax) output = output.slice(-tailBytesMax);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code: code ?? 1, signal, output });
    });
  });
}

/** The last lines of a long output, for an error message. */
export function lastLines(output, count = 60) {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
