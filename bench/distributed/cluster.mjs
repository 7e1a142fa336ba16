// A distributed hub for the benchmark: PostgreSQL, one Kafka broker, and every service as a process of its
// own.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { startKafka } from '../../deploy/kafka-local/index.mjs';
import { startEmbeddedPostgres } from '../../libs/store/dist/index.js';
import { root, serviceNodeFlags } from '../../scripts/setup/paths.mjs';
import { spawnReady, stop } from '../runs/processes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const serviceEntry = join(root, 'services', 'standalone', 'dist', 'service.js');

/** Starts the broker that all layouts of one benchmark share; each layout has topics of its own. */
export async function startBroker() {
  const kafka = await startKafka({ heapMb: 512 });
  return { bootstrap: kafka.bootstrap, pid: kafka.brokers[0].pid, stop: () => kafka.stop() };
}

function environment({ broker, database, prefix, partitions, secrets }) {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    TUTTI_DATABASE_URL: `postgresql://postgres@localhost/tutti?host=${encodeURIComponent(database.socketDir)}`,
    TUTTI_KAFKA_BROKERS: broker.bootstrap,
    TUTTI_KAFKA_PREFIX: prefix,
    TUTTI_KAFKA_PARTITIONS: String(partitions),
    TUTTI_MASTER_KEY: secrets.masterKey,
    TUTTI_ADMIN_TOKEN: secrets.adminToken,
    TUTTI_HOST: '127.0.0.1',
    TUTTI_API_PORT: '0',
    TUTTI_OTLP_PORT: '0',
    TUTTI_OTLP_GRPC_PORT: '0',
    TUTTI_HEALTH_PORT: '0',
  };
}

async function startService(role, env) {
  return spawnReady(process.execPath, [...serviceNodeFlags, serviceEntry, role], {
    ready: new RegExp(`Tutti ${role} is ready[^\\n]*`),
    env,
    cwd: root,
  });
}

async function applyWorkflow(api, { name, stubUrl, headers }) {
  const file = join(here, '..', 'runs', 'workflows', `${name}.yaml`);
  const body = readFileSync(file, 'utf8').replaceAll('STUB_URL', stubUrl);
  const answer = await request(`${api}/v1/workflows`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/yaml' },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`The hub refused ${name}: ${answer.statusCode} ${text}`);
}

/** Starts `workers` orchestrators and as many hosts, with one API and one collector. */
export async function startCluster({ broker, stubUrl, workers, partitions }) {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-bench-distributed-'));
  const database = await startEmbeddedPostgres({ dataDir: join(folder, 'database'), database: 'tutti' });
  const secrets = {
    masterKey: randomBytes(32).toString('hex'),
    adminToken: `bench-${randomBytes(24).toString('hex')}`,
  };
  const prefix = `bench${randomBytes(4).toString('hex')}`;
  const env = environment({ broker, database, prefix, partitions, secrets });
  const roles = [
    'api',
    'collector',
    ...Array.from({ length: workers }, () => ['orchestrator', 'connector-host']).flat(),
  ];
  const services = [];
  // The API first and alone: it brings the schema up to date, and makes the topics.
  for (const role of roles) services.push(await startService(role, env));
  const api = /API\W+(http:\/\/[^\s/,)]+)/.exec(services[0].match[0])[1];
  const headers = { authorization: `Bearer ${secrets.adminToken}` };
  for (const name of ['w1', 'w0']) await applyWorkflow(api, { name, stubUrl, headers });
  const urlOf = (name) => `${api}/v1/workflows/bench/${name}/runs`;
  const groups = {};
  services.forEach(({ child }, i) => (groups[roles[i]] ??= []).push(child.pid));
  return {
    groups,
    urls: { w1: urlOf('w1'), w0: urlOf('w0') },
    headers: { ...headers, prefer: 'wait=30' },
    pids: [...services.map(({ child }) => child.pid), database.pid, broker.pid],
    outputs: () => services.map((service) => service.output()),
    async stop() {
      await Promise.all(services.map(({ child }) => stop(child)));
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
