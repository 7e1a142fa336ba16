import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Broker, formatStorage } from './broker.mjs';
import { newClusterId, prepareKafka } from './prepare.mjs';
import { freePorts } from './probe.mjs';
import { brokerProperties } from './properties.mjs';
import { ensureCertificate, keyPassword } from './tls.mjs';

export { kafkaVersion } from './jars.mjs';
export { prepareKafka } from './prepare.mjs';

const defaultUsers = [{ username: 'tutti', password: 'tutti-secret' }];

/**
 * What the folder already says about its cluster, else a new one; the ports stay the same from start to start
 * unless others are asked for.
 */
async function clusterOf(dir, { count, ports = [], proxyPorts = [] }) {
  const file = join(dir, 'cluster.json');
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  if (known && known.nodes.length !== count) {
    throw new Error(
      `${dir} holds a cluster of ${known.nodes.length} brokers, not ${count}: use another folder.`,
    );
  }
  const free = known ? [] : await freePorts(3 * count);
  const nodes = Array.from({ length: count }, (_, index) => {
    const [port, internal, controller] = free.slice(3 * index);
    const node = known?.nodes[index] ?? { id: index + 1, port, internal, controller };
    const proxy = proxyPorts[index] === undefined ? {} : { proxy: proxyPorts[index] };
    return { ...node, port: ports[index] ?? node.port, ...proxy };
  });
  const cluster = { clusterId: known?.clusterId ?? newClusterId(), nodes };
  writeFileSync(file, JSON.stringify(cluster));
  return cluster;
}

/**
 * Gives a new broker its folder: by Kafka's own tool, or, in a plain cluster, with what that tool wrote once.
 */
async function format(config, { prepared, dir, node, clusterId, users }) {
  const data = join(dir, `data-${node.id}`);
  if (existsSync(join(data, 'meta.properties'))) return;
  if (users) {
    await formatStorage({ ...prepared, config, clusterId, scram: users });
    return;
  }
  mkdirSync(data, { recursive: true });
  copyFileSync(prepared.checkpoint, join(data, 'bootstrap.checkpoint'));
  const directoryId = randomBytes(16).toString('base64url');
  const lines = ['version=1', `cluster.id=${clusterId}`, `node.id=${node.id}`, `directory.id=${directoryId}`];
  writeFileSync(join(data, 'meta.properties'), `${lines.join('\n')}\n`);
}

async function makeBroker(node, { dir, cluster, prepared, options }) {
  const { settings, heapMb, users } = options;
  const config = join(dir, `broker-${node.id}.properties`);
  const secured = users && { users, keyPassword };
  writeFileSync(config, brokerProperties({ dir, node, nodes: cluster.nodes, secured, settings }));
  await format(config, { prepared, dir, node, clusterId: cluster.clusterId, users });
  return new Broker({ ...prepared, node, config, heapMb, logFile: join(dir, `broker-${node.id}.log`) });
}

/** Starts all at once, since no one is ready before most of them are; when one fails, none is left. */
async function startAll(brokers) {
  const ids = brokers.map(({ id }) => id);
  const started = await Promise.allSettled(brokers.map((broker) => broker.start(ids)));
  const failed = started.find(({ status }) => status === 'rejected');
  if (!failed) return;
  await Promise.all(brokers.map((broker) => broker.kill('SIGKILL')));
  throw failed.reason;
}

/** Starts a Kafka cluster; see index.d.mts. */
export async function startKafka(options = {}) {
  const {
    brokers: count = 1,
    ports,
    proxyPorts,
    security = 'plaintext',
    sasl = { users: defaultUsers },
  } = options;
  const prepared = await prepareKafka();
  const dir = options.dir ? resolve(options.dir) : mkdtempSync(join(tmpdir(), 'tutti-kafka-'));
  const removeIfOurs = () => options.dir ?? rmSync(dir, { recursive: true, force: true });
  try {
    mkdirSync(dir, { recursive: true });
    const secured =
      security === 'sasl-tls' ? { ...sasl, ca: await ensureCertificate(dir, prepared.java) } : null;
    const cluster = await clusterOf(dir, { count, ports, proxyPorts });
    const brokers = [];
    for (const node of cluster.nodes) {
      const given = { ...options, users: secured?.users };
      brokers.push(await makeBroker(node, { dir, cluster, prepared, options: given }));
    }
    await startAll(brokers);
    return {
      bootstrap: cluster.nodes.map(({ port, proxy }) => `127.0.0.1:${proxy ?? port}`).join(','),
      dir,
      brokers,
      security: secured,
      async stop() {
        // Nobody will read a folder of ours again, so its brokers need not end in order.
        await Promise.all(brokers.map((broker) => (options.dir ? broker.stop() : broker.kill('SIGKILL'))));
        removeIfOurs();
      },
    };
  } catch (error) {
    removeIfOurs();
    throw error;
  }
}
