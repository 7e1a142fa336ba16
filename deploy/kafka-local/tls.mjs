import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What protects the key in its file; the file lies in a developer's own folder. */
export const keyPassword = 'tutti-local';

/** Makes a self-signed certificate for this machine where there is none; resolves with it as PEM. */
export async function ensureCertificate(dir, java) {
  const store = join(dir, 'tls.p12');
  const certificate = join(dir, 'tls.pem');
  const home = dirname(java.path);
  const keytool = home === '.' ? 'keytool' : join(home, 'keytool');
  const common = ['-keystore', store, '-storepass', keyPassword, '-alias', 'kafka'];
  if (!existsSync(certificate)) {
    const names = ['-dname', 'CN=localhost', '-ext', 'SAN=DNS:localhost,IP:127.0.0.1', '-ext', 'BC=ca:true'];
    const kind = ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650'];
    await run(keytool, [...kind, ...names, '-storetype', 'PKCS12', ...common]);
    await run(keytool, ['-exportcert', '-rfc', '-file', certificate, ...common]);
  }
  return readFileSync(certificate, 'utf8');
}
