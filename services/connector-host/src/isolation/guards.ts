import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PluginGuard } from '@tutti/contracts';
import { LIMITS } from '../limits.js';

export interface Guards {
  /** The command that comes before `node`, with its arguments; empty: none. */
  wrap: readonly string[];
  list: readonly PluginGuard[];
}

const run = promisify(execFile);
const PROBE_TIMEOUT_MS = 60_000;

/** Tools of util-linux, each with what it holds. The one that comes first starts the next. */
const ORPHANS = ['setpriv', '--no-new-privs', '--pdeathsig', 'KILL'];
const NAMESPACES = ['unshare', '--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child=KILL'];
const MEMORY = [
  'prlimit',
  `--data=${LIMITS.pluginDataBytesMax}`,
  '--core=0',
  `--nofile=${LIMITS.pluginOpenFilesMax}`,
  '--fsize=0',
];

/**
 * Finds out what this machine can hold, by trying: kernels and containers forbid these things in many ways.
 */
export async function probeGuards(): Promise<Guards> {
  const [orphans, namespaces, memory] = await Promise.all([works(ORPHANS), works(NAMESPACES), works(MEMORY)]);
  const wrap = [
    orphans === null ? ORPHANS : [],
    namespaces === null ? NAMESPACES : [],
    memory === null ? MEMORY : [],
  ].flat();
  const together = wrap.length === 0 ? null : await works(wrap);
  return together === null
    ? { wrap, list: told({ orphans, namespaces, memory }) }
    : { wrap: [], list: told({ orphans: together, namespaces: together, memory: together }) };
}

/** Null, or why the command cannot start anything. */
async function works(command: readonly string[]): Promise<string | null> {
  const [file, ...given] = command as [string, ...string[]];
  try {
    await run(file, [...given, process.execPath, '--version'], { env: {}, timeout: PROBE_TIMEOUT_MS });
    return null;
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    if (code === 'ENOENT') return `there is no "${file}" on this machine (a tool of util-linux, for Linux)`;
    return `"${file}" failed: ${(stderr?.trim() || message).slice(0, 300)}`;
  }
}

function told(why: {
  orphans: string | null;
  namespaces: string | null;
  memory: string | null;
}): PluginGuard[] {
  const kernel = (
    name: PluginGuard['name'],
    reason: string | null,
    held: string,
    otherwise: string,
  ): PluginGuard => ({
    name,
    held: reason === null,
    detail: reason === null ? held : `${otherwise}: ${reason}.`,
  });
  return [
    {
      name: 'permissions',
      held: true,
      detail:
        'Node allows no file outside the package, no writing, process, thread, addon, WASI or inspector.',
    },
    {
      name: 'closed-world',
      held: true,
      detail:
        'Only the SDK, zod, own files and harmless modules can be imported; no fetch, WebSocket, process.',
    },
    kernel(
      'network',
      why.namespaces,
      'The kernel gives it a network of its own that leads nowhere.',
      'Only closed modules and globals keep it off the network',
    ),
    kernel(
      'signals',
      why.namespaces,
      'The kernel shows it no other process.',
      'Only closed modules and globals keep it from signals',
    ),
    kernel(
      'memory',
      why.memory,
      `The kernel allows ${LIMITS.pluginDataBytesMax >> 20} MiB, Node ${LIMITS.pluginHeapMbMax} MiB of heap.`,
      'Only the heap of Node is bounded, and memory is looked at every few seconds',
    ),
    kernel(
      'orphans',
      why.orphans,
      'The kernel ends it with the hub.',
      'It ends when its pipe to the hub does, unless it keeps a processor busy just then',
    ),
  ];
}
