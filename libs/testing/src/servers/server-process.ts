import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

/** How a server of others is started. */
export interface ServerCommand {
  name: string;
  command: string;
  args: readonly string[];
  folder: string;
  env?: Record<string, string>;
  /** Where it writes what it says. */
  log: string;
  /** Resolves true when it answers. */
  isReady: () => Promise<boolean>;
}

/** A server of others that runs. */
export interface RunningServer {
  /** Kills it with all of its processes. */
  stop(): Promise<void>;
}

const READY_MS_MAX = 180_000;
const LOG_LENGTH_TOLD = 3_000;

/** Ends the whole process group when the server ends, or when the test's process is gone, even by SIGKILL. */
const KEEPER = `exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -9 -$$; } &
wait $server
kill -9 -$$`;

/** Starts a server and waits until it answers; rejects with its own words when it does not. */
export async function startServer(of: ServerCommand): Promise<RunningServer> {
  const log = openSync(of.log, 'a');
  const child = spawn('/bin/sh', ['-c', KEEPER, of.name, of.command, ...of.args], {
    cwd: of.folder,
    env: { ...process.env, ...of.env },
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((done) => {
    child.once('error', () => done());
    child.once('exit', () => done());
  });
  try {
    await ready(of, child, ended);
  } catch (error) {
    child.stdin?.destroy();
    throw error;
  }
  return {
    stop() {
      child.stdin?.destroy();
      return ended;
    },
  };
}

async function ready(of: ServerCommand, child: ChildProcess, ended: Promise<void>): Promise<void> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  const end = performance.now() + READY_MS_MAX;
  while (!isOver && performance.now() < end) {
    if (await of.isReady().catch(() => false)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  const why = isOver ? `ended (${child.signalCode ?? child.exitCode})` : `does not answer`;
  throw new Error(`${of.name} ${why}.\n${readFileSync(of.log, 'utf8').slice(-LOG_LENGTH_TOLD)}`);
}

/** A port that nobody listens on now. */
export async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

const PORTS_TRIED_MAX = 4;

/** Starts on an unused port, and on another one when somebody else was quicker to take it. */
export async function onUnusedPort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await start(await unusedPort());
    } catch (error) {
      if (tried === PORTS_TRIED_MAX || !/address already in use/i.test((error as Error).message)) throw error;
    }
  }
}
