import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import tls from 'node:tls';
import { root } from '../../scripts/setup/paths.mjs';
import { SetupError, explainFileError } from '../../scripts/setup/setup-error.mjs';

const pinned = JSON.parse(readFileSync(new URL('jars.json', import.meta.url), 'utf8'));

/** The Apache Kafka that is run. */
export const kafkaVersion = pinned.kafka;

/** Where downloads are kept; `npm ci` empties it. */
export const cacheFolder = join(root, 'node_modules', '.cache', 'tutti');

const central = 'https://repo1.maven.org/maven2';
const downloadsAtOnce = 6;
const downloadMsMax = 300_000;

const fileName = ({ artifact, version }) => `${artifact}-${version}.jar`;
const pathOf = (jar) => [...jar.group.split('.'), jar.artifact, jar.version, fileName(jar)].join('/');

/**
 * The class path of Kafka: the pinned jars, downloaded from Maven Central when they are not there yet. They
 * appear under their final name all at once, so a download that was broken off, or two at the same time,
 * leave nothing half-done.
 */
export async function ensureJars({
  cache = cacheFolder,
  jars = pinned.jars,
  base = process.env.TUTTI_MAVEN_CENTRAL ?? central,
} = {}) {
  const folder = join(cache, `kafka-${kafkaVersion}-${fingerprint(jars)}`);
  if (!existsSync(folder)) await downloadAll(folder, { jars, base: base.replace(/\/+$/, '') });
  return jars.map((jar) => join(folder, fileName(jar)));
}

/** Another list of jars is another folder, so that a list that was changed is never mixed with an old one. */
function fingerprint(jars) {
  return createHash('sha256').update(JSON.stringify(jars)).digest('hex').slice(0, 8);
}

/**
 * As npm and curl do: a company's own certificate authority is one that this machine trusts. Node 24 can do
 * so.
 */
function trustThisMachine() {
  if (!tls.setDefaultCACertificates) return;
  const known = [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
  tls.setDefaultCACertificates([...new Set(known)]);
}

async function downloadAll(folder, { jars, base }) {
  trustThisMachine();
  const unfinished = `${folder}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(unfinished, { recursive: true });
    const waiting = [...jars];
    const worker = async () => {
      for (let jar = waiting.shift(); jar; jar = waiting.shift()) {
        writeFileSync(join(unfinished, fileName(jar)), await download(jar, base));
      }
    };
    const done = await Promise.allSettled(Array.from({ length: downloadsAtOnce }, worker));
    const failed = done.find(({ status }) => status === 'rejected');
    if (failed) throw failed.reason;
    moveIntoPlace(unfinished, folder);
  } catch (error) {
    throw error.code ? explainFileError(error, dirname(folder)) : error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Renames to a name that another process may have made in the meantime: then that one is as good. */
export function moveIntoPlace(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
  }
}

async function download(jar, base) {
  const url = `${base}/${pathOf(jar)}`;
  const content = await bytesOf(url);
  const sha256 = createHash('sha256').update(content).digest('hex');
  if (sha256 === jar.sha256) return content;
  throw new SetupError(`${url} does not match its checksum (${sha256} instead of ${jar.sha256}).`, {
    remedy:
      'Something between here and Maven Central changes files: check the proxy or the mirror named in ' +
      'TUTTI_MAVEN_CENTRAL, then start again.',
  });
}

async function bytesOf(url) {
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(downloadMsMax) });
    if (response.ok) return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw unreachable(url, error.cause?.code ?? error.cause?.message ?? error.message);
  }
  await response.body?.cancel();
  throw unreachable(url, `HTTP ${response.status}`);
}

function unreachable(url, why) {
  return new SetupError(`Kafka cannot be downloaded: ${url} (${why}).`, {
    remedy:
      'Check the network, or name a mirror of Maven Central with TUTTI_MAVEN_CENTRAL. Only the first start ' +
      'needs it. To use a Kafka that runs already, set TUTTI_TEST_KAFKA=host:port (tests).',
  });
}
