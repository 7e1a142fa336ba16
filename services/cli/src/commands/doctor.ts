import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { ApiProblem, createClient, type TuttiClient } from '@tutti/client';
import { contractRangeText } from '@tutti/plugin-sdk';
import type { Io } from '../session/io.js';
import { apiUrlOf, dataDirOf, type Flags, hubFileOf, type HubFile, tokenOf } from '../session/locate.js';

/** One thing that was looked at, what was found, and what to do when that is not right. */
export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'failed';
  detail: string;
  remedy?: string;
}

const NODE_MAJOR_MIN = 24;
const FREE_BYTES_MIN = 1024 ** 3;
const PORTS = [
  [3000, 'dashboard', '--port'],
  [4000, 'API', '--api-port'],
  [4318, 'OTLP over HTTP', '--otlp-port'],
  [4317, 'OTLP over gRPC', '--otlp-grpc-port'],
] as const;

/** Looks at the machine, the data folder and the hub. */
export async function runChecks(io: Io, flags: Flags): Promise<Check[]> {
  const dataDir = dataDirOf(io, flags);
  const hub = hubFileOf(dataDir);
  const running = hub !== null && isAlive(hub.pid);
  return [
    checkNode(),
    ...checkDataDir(dataDir),
    checkSpace(dataDir),
    ...(running ? [checkRunning(hub), checkAddresses(hub)] : await checkPorts()),
    ...(await checkHub(io, flags, running)),
  ];
}

function checkNode(): Check {
  const ok = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN;
  return ok
    ? { name: 'Node', state: 'ok', detail: process.version }
    : {
        name: 'Node',
        state: 'failed',
        detail: `${process.version} is too old.`,
        remedy: `The hub brings Node ${NODE_MAJOR_MIN}: start it with "npm start".`,
      };
}

function checkDataDir(dataDir: string): Check[] {
  if (!existsSync(dataDir))
    return [{ name: 'Data folder', state: 'ok', detail: `${dataDir} is made by the first start.` }];
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [
      {
        name: 'Data folder',
        state: 'failed',
        detail: `${dataDir} is not writable for this user.`,
        remedy: 'Change its owner, or choose another one with --data-dir.',
      },
    ];
  }
  const folder: Check = { name: 'Data folder', state: 'ok', detail: dataDir };
  const token = join(dataDir, 'admin-token');
  if (!existsSync(token) || (statSync(token).mode & 0o077) === 0) return [folder];
  return [
    folder,
    {
      name: 'Admin token',
      state: 'warning',
      detail: `Others on this machine can read ${token}.`,
      remedy: `chmod 600 ${token}`,
    },
  ];
}

function checkSpace(dataDir: string): Check {
  let folder = dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return free >= FREE_BYTES_MIN
    ? { name: 'Disk', state: 'ok', detail }
    : {
        name: 'Disk',
        state: 'warning',
        detail: `${detail}.`,
        remedy: 'Free some space: the database stops when the disk is full.',
      };
}

function checkRunning(hub: HubFile): Check {
  return { name: 'Hub', state: 'ok', detail: `version ${hub.version} runs as process ${hub.pid}` };
}

/** Both are right somewhere: who may apply workflows decides. */
function checkAddresses({ blockPrivateAddresses = false }: HubFile): Check {
  const detail = blockPrivateAddresses
    ? 'calls of workflows do not reach them'
    : 'calls of workflows reach them; --block-private-addresses (TUTTI_BLOCK_PRIVATE_ADDRESSES) prevents that';
  return { name: 'Private addresses', state: 'ok', detail };
}

function checkPorts(): Promise<Check[]> {
  return Promise.all(
    PORTS.map(async ([port, what, flag]): Promise<Check> => {
      const free = await isFree(port);
      return free
        ? { name: `Port ${port}`, state: 'ok', detail: `free (${what})` }
        : {
            name: `Port ${port}`,
            state: 'warning',
            detail: `taken by another program (${what}).`,
            remedy: `Start with ${flag} N, or 0 for any free one.`,
          };
    }),
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function checkHub(io: Io, flags: Flags, running: boolean): Promise<Check[]> {
  const baseUrl = apiUrlOf(io, flags);
  const ready = await attempt('API', async () => {
    const response = await fetch(`${baseUrl}/readyz`);
    if (!response.ok) throw new Error(`${baseUrl}/readyz answers ${response.status}`);
    return `${baseUrl} is ready, and so is its database`;
  });
  if (ready.state !== 'ok') {
    return [
      running
        ? ready
        : {
            name: 'API',
            state: 'warning',
            detail: `nothing answers at ${baseUrl}.`,
            remedy: 'Start the hub: npx tutti up',
          },
    ];
  }
  let client: TuttiClient;
  try {
    client = createClient({ baseUrl, token: tokenOf(io, flags) });
  } catch (error) {
    return [ready, { name: 'Token', state: 'failed', detail: (error as Error).message }];
  }
  const token = await attempt(
    'Token',
    async () => `${(await client.api.GET('/v1/me')).data?.subject} of the data folder is accepted`,
  );
  return token.state === 'ok'
    ? [
        ready,
        token,
        await checkPlugins(client),
        ...(await checkIsolation(client)),
        await checkConnections(client),
        await checkMasterKey(client),
        ...(await checkSystem(client)),
      ]
    : [ready, token];
}

function checkPlugins(client: TuttiClient): Promise<Check> {
  return attempt('Plugins', async () => {
    const items = (await client.api.GET('/v1/plugins')).data?.items ?? [];
    const failed = items.filter((item) => item.state === 'failed' || item.state === 'quarantined');
    if (failed.length > 0) throw new Error(failed.map((item) => `${item.name}: ${item.error}`).join('; '));
    return `${items.length} loaded; this hub speaks ${contractRangeText()} of plugins`;
  });
}

/** What this hub's machines cannot hold of what keeps plugins of others in. */
async function checkIsolation(client: TuttiClient): Promise<Check[]> {
  const open = new Map<string, string>();
  let isolated = 0;
  const asked = await attempt('Isolation', async () => {
    for (const { guards } of (await client.api.GET('/v1/plugins')).data?.items ?? []) {
      if (guards) isolated += 1;
      for (const { name, held, detail } of guards ?? []) if (!held) open.set(name, detail);
    }
    return `every guard holds (plugins in processes of their own: ${isolated})`;
  });
  if (asked.state !== 'ok') return [asked];
  if (isolated === 0) return [];
  if (open.size === 0) return [asked];
  return [...open].map(([name, detail]) => ({
    name: `Isolation: ${name}`,
    state: 'warning',
    detail,
    remedy: 'Run connector hosts on Linux with util-linux, where unprivileged user namespaces are allowed.',
  }));
}

function checkConnections(client: TuttiClient): Promise<Check> {
  return attempt('Connections', async () => {
    const items =
      (await client.api.GET('/v1/connections', { params: { query: { limit: 200 } } })).data?.items ?? [];
    const failing = items.filter((item) => item.enabled && item.health === 'failing');
    if (failing.length > 0)
      throw new Error(failing.map((item) => `${item.name}: ${item.healthDetail}`).join('; '));
    return `${items.length} configured, none failing`;
  });
}

/** Under which master key the secrets are; a warning while not all are under the newest. */
async function checkMasterKey(client: TuttiClient): Promise<Check> {
  let left = 0;
  const asked = await attempt('Master key', async () => {
    const { keys = [], uses = [] } = (await client.api.GET('/v1/master-keys')).data ?? {};
    const newest = ['next', 'active'].flatMap((state) => keys.filter((key) => key.state === state)).at(0)?.id;
    const count = (some: typeof uses) => some.reduce((sum, use) => sum + use.count, 0);
    left = count(uses.filter(({ keyId }) => keyId !== newest));
    return left === 0
      ? `all ${count(uses)} secrets are under ${newest}`
      : `${left} of ${count(uses)} secrets are not under the newest master key (${newest}) yet`;
  });
  return left === 0
    ? asked
    : { ...asked, state: 'warning', remedy: 'Bring them under it: npx tutti secrets rotate' };
}

/** Each warning of the hub about itself is a check of its own, with what to do. */
async function checkSystem(client: TuttiClient): Promise<Check[]> {
  let warnings: Omit<Check, 'name'>[] = [];
  const asked = await attempt('System', async () => {
    const { data } = await client.api.GET('/v1/system');
    const alive = data?.instances.filter((instance) => instance.alive).length ?? 0;
    warnings = (data?.warnings ?? []).map(({ severity, message, fix }) => ({
      state: severity === 'error' ? 'failed' : 'warning',
      detail: message,
      remedy: fix,
    }));
    return `${alive} ${alive === 1 ? 'process' : 'processes'} alive, nothing to look at`;
  });
  return warnings.length === 0 ? [asked] : warnings.map((warning) => ({ name: 'System', ...warning }));
}

async function attempt(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, state: 'ok', detail: await work() };
  } catch (error) {
    const detail =
      error instanceof ApiProblem ? `${error.problem.title}: ${error.message}` : (error as Error).message;
    return { name, state: 'failed', detail };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
