import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Broker, formatStorage } from './broker.mjs';
import { cacheFolder, ensureJars, moveIntoPlace } from './jars.mjs';
import { ensureJava } from './java.mjs';
import { freePorts } from './probe.mjs';
import { brokerProperties } from './properties.mjs';

/** A Kafka cluster's id: 16 bytes in base64url. */
export function newClusterId() {
  // Kafka's own tools refuse an id that begins like an option.
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

let preparing;

/**
 * Java, the jars, and what is made of them once: the archive of loaded classes, and the first records of an
 * empty cluster as Kafka's format tool writes them. With these a broker starts in half the time.
 */
export function prepareKafka() {
  preparing ??= prepare();
  preparing.catch(() => (preparing = undefined));
  return preparing;
}

async function prepare() {
  const java = await ensureJava();
  const jars = await ensureJars();
  const key = createHash('sha256')
    .update(`${java.version}\n${jars.join('\n')}`)
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheFolder, `kafka-classes-${key}`);
  if (!existsSync(folder)) await fill(folder, { java, jars });
  return {
    java,
    jars,
    archive: join(folder, 'classes.jsa'),
    checkpoint: join(folder, 'bootstrap.checkpoint'),
  };
}

/** Runs one broker from its format to its orderly end, and keeps what that leaves. */
async function fill(folder, { java, jars }) {
  const dir = `${folder}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dir, { recursive: true });
    const [port, internal, controller] = await freePorts(3);
    const node = { id: 1, port, internal, controller };
    const config = join(dir, 'broker.properties');
    writeFileSync(config, brokerProperties({ dir, node, nodes: [node] }));
    await formatStorage({ java, jars, config, clusterId: newClusterId() });
    const flags = ['-Xlog:disable', `-XX:ArchiveClassesAtExit=${join(dir, 'classes.jsa')}`];
    const broker = new Broker({ node, config, java, jars, flags, logFile: join(dir, 'broker.log') });
    await broker.start();
    await broker.stop();
    const kept = join(dir, 'kept');
    mkdirSync(kept);
    moveIntoPlace(join(dir, 'classes.jsa'), join(kept, 'classes.jsa'));
    moveIntoPlace(join(dir, 'data-1', 'bootstrap.checkpoint'), join(kept, 'bootstrap.checkpoint'));
    moveIntoPlace(kept, folder);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
