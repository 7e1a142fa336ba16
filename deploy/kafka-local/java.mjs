import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { SetupError } from '../../scripts/setup/setup-error.mjs';

const majorMin = 17;
const remedy =
  `Install Java ${majorMin} or newer (Debian: apt-get install default-jre-headless; macOS: brew install openjdk) ` +
  'or name one with JAVA_HOME.';

function candidates() {
  const home = process.env.JAVA_HOME;
  const usual = ['java', '/opt/homebrew/opt/openjdk/bin/java', '/usr/bin/java'];
  return home ? [join(home, 'bin', 'java'), ...usual] : usual;
}

/** What `java -version` says (on its standard error), or null where there is no such Java. */
function versionOf(path) {
  return new Promise((resolve) => {
    execFile(path, ['-version'], (error, _stdout, stderr) => resolve(error ? null : stderr.trim()));
  });
}

/** Java's major version in what `java -version` printed; 0 when it says nothing of the kind. */
export function majorOf(text) {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  // Java 8 called itself 1.8.
  return Number(first === '1' ? second : first) || 0;
}

/** A Java that can run Kafka, with its full version, or null. */
export async function findJava(paths = candidates()) {
  for (const path of paths) {
    const version = await versionOf(path);
    if (version !== null && majorOf(version) >= majorMin) return { path, version };
  }
  return null;
}

/** Finds Java, and installs it where that is possible without asking anyone (Debian, as root). */
export async function ensureJava() {
  const found = await findJava();
  if (found) return found;
  // Loaded only now: it handles this process's signals, which is no business of a test's process.
  const { installOnDebian } = await import('../../scripts/setup/debian.mjs');
  const failure = await installOnDebian(['default-jre-headless']);
  const installed = failure === null ? await findJava() : null;
  if (installed) return installed;
  throw new SetupError(`Kafka needs Java ${majorMin} or newer, and none was found.`, {
    remedy,
    details: failure || undefined,
  });
}
