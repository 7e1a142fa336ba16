// Starting, watching and ending the processes of the benchmark. Reads /proc, so: Linux only.
import { fork, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const clockTicksPerSecond = 100;
const outputBytesMax = 20_000;

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const name = text.slice(text.indexOf('(') + 1, end);
    // Own time and that of children which have ended; the living are counted by themselves.
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0);
    return { pid, name, parent: Number(fields[1]), cpuMs: (ticks * 1_000) / clockTicksPerSecond };
  } catch {
    // Ended between the listing and the reading.
    return null;
  }
}

function memoryMiB(pid, file, key) {
  try {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
    return match ? Number(match[1]) / 1_024 : 0;
  } catch {
    // Ended in between.
    return 0;
  }
}

/** All living processes below (and with) the given ones. */
function treeOf(rootPids) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .map(statOf)
    .filter(Boolean);
  const members = new Map(
    all.filter(({ pid }) => rootPids.includes(pid)).map((process) => [process.pid, process]),
  );
  for (let grown = true; grown;) {
    grown = false;
    for (const process of all) {
      if (members.has(process.pid) || !members.has(process.parent)) continue;
      members.set(process.pid, process);
      grown = true;
    }
  }
  return [...members.values()];
}

/**
 * CPU time and memory of a system by group: `database` is PostgreSQL, `broker` Kafka, `engine` everything
 * else. PostgreSQL's memory is the proportional share (its processes share their buffers), the engine's is
 * the resident set.
 */
export function usageOf(rootPids) {
  const none = () => ({ cpuMs: 0, rssMiB: 0 });
  const usage = { engine: none(), database: none(), broker: none() };
  for (const { pid, name, cpuMs } of treeOf(rootPids)) {
    const isDatabase = name.startsWith('postgres');
    const group = isDatabase ? usage.database : name === 'java' ? usage.broker : usage.engine;
    group.cpuMs += cpuMs;
    group.rssMiB += isDatabase ? memoryMiB(pid, 'smaps_rollup', 'Pss') : memoryMiB(pid, 'status', 'VmRSS');
  }
  return usage;
}

/** A child whose first IPC message is awaited. */
export async function forkReady(script, options = {}) {
  const child = fork(script, [], { ...options, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const message = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${script} ended with code ${code} before it was ready`)));
  });
  return { child, message };
}

/**
 * Starts a server and resolves with the match of `ready` in what it prints; fails with its output when it
 * ends first.
 */
export async function spawnReady(command, args, { ready, timeoutSeconds = 60, ...options }) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const match = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${command} ${args.join(' ')}: ${why}\n${output}`));
    const timer = setTimeout(() => fail(`not ready after ${timeoutSeconds} s`), timeoutSeconds * 1_000);
    const look = (chunk) => {
      output = (output + chunk).slice(-outputBytesMax);
      const found = ready.exec(output);
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.setEncoding('utf8').on('data', look);
    child.stderr.setEncoding('utf8').on('data', look);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with code ${code}`));
  });
  return { child, match, output: () => output };
}

/** Asks a child to end, and insists after a while. */
export async function stop(child, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}
