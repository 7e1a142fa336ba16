// How to start the hub and each peer: each gives `{ urls, headers, pids, stop }`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { startEmbeddedPostgres } from '../../libs/store/dist/index.js';
import { hubEntry, hubNodeFlags } from '../../scripts/setup/paths.mjs';
import { spawnReady, stop } from './processes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const needsDatabase = new Set(['dbos', 'floor']);

export const peerNames = ['restate', 'dbos', 'node-red', 'floor'];

function scratch(name) {
  const folder = mkdtempSync(join(tmpdir(), `tutti-bench-${name}-`));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Peers are installed when they are first asked for; they are no part of the product. */
function ensurePeer(name) {
  const folder = join(root, 'bench', 'peers', name);
  if (!existsSync(join(folder, 'package.json')) || existsSync(join(folder, 'node_modules', '.complete')))
    return folder;
  console.log(`Installing ${name} under bench/peers/${name} …`);
  const flags = [
    'install',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { status } = spawnSync('npm', flags, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm install failed in ${folder}; it needs the network.`);
  mkdirSync(join(folder, 'node_modules', '.complete'), { recursive: true });
  return folder;
}

/** Starts a peer on an empty state of its own. */
export async function startPeer(name, stubUrl) {
  const folder = ensurePeer(name);
  const state = scratch(name);
  const database = needsDatabase.has(name)
    ? await startEmbeddedPostgres({ dataDir: join(state.folder, 'database'), database: 'bench' })
    : null;
  const env = {
    ...process.env,
    STUB_URL: stubUrl,
    STATE_DIR: state.folder,
    DATABASE_SOCKET: database?.socketDir ?? '',
  };
  const server = await spawnReady(process.execPath, [join(folder, 'server.mjs')], {
    ready: /^ready (\{.*\})$/m,
    cwd: folder,
    env,
  });
  return {
    urls: JSON.parse(server.match[1]),
    headers: {},
    pids: [server.child.pid, ...(database ? [database.pid] : [])],
    async stop() {
      await stop(server.child);
      await database?.stop();
      state.remove();
    },
  };
}

const hubFlags = [
  '--no-dashboard',
  '--no-examples',
  '--port',
  '0',
  '--api-port',
  '0',
  '--otlp-port',
  '0',
  '--otlp-grpc-port',
  '0',
];

/** Starts the hub's process on a data folder, as `npm start` does, and waits for its ready line. */
export async function launchHub(dataDir) {
  const entry = hubEntry;
  const args = [...hubNodeFlags, entry, ...hubFlags, '--data-dir', dataDir];
  const server = await spawnReady(process.execPath, args, {
    ready: /Tutti is ready[^\n]*\bAPI\W+(http:\/\/[^\s/,)]+)/i,
    cwd: root,
  });
  const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim();
  return { ...server, apiUrl: server.match[1], headers: { authorization: `Bearer ${token}` } };
}

async function applyWorkflow(hub, name, stubUrl) {
  const text = readFileSync(join(here, 'workflows', `${name}.yaml`), 'utf8').replaceAll('STUB_URL', stubUrl);
  await applyDocument(hub, name, text);
}

/** Applies the document of a workflow. */
export async function applyDocument(hub, name, text) {
  const headers = { ...hub.headers, 'content-type': 'application/yaml' };
  const { statusCode, body } = await request(`${hub.apiUrl}/v1/workflows`, {
    method: 'PUT',
    headers,
    body: text,
  });
  const answer = await body.text();
  if (statusCode >= 300) throw new Error(`The hub refused ${name}: ${statusCode} ${answer}`);
}

/**
 * The process of the embedded database, which is not always a child of the hub (a killed hub leaves it
 * behind).
 */
export function databasePid(dataDir) {
  for (const path of ['postgres', 'database', 'pg', '.']) {
    const file = join(dataDir, path, 'postmaster.pid');
    if (existsSync(file)) return Number(readFileSync(file, 'utf8').split('\n')[0]);
  }
  throw new Error(`No postmaster.pid was found below ${dataDir}.`);
}

/** Starts the hub on an empty data folder with the benchmark's workflows. */
export async function startHub(stubUrl) {
  const state = scratch('hub');
  const hub = await launchHub(state.folder);
  for (const name of ['w1', 'w0']) await applyWorkflow(hub, name, stubUrl);
  const urlOf = (name) => `${hub.apiUrl}/v1/workflows/bench/${name}/runs`;
  return {
    urls: { w1: urlOf('w1'), w0: urlOf('w0') },
    headers: { ...hub.headers, prefer: 'wait=30' },
    pids: [hub.child.pid, databasePid(state.folder)],
    hub,
    dataDir: state.folder,
    async stop() {
      await stop(hub.child);
      state.remove();
    },
  };
}
