import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureJars } from '../../../../deploy/kafka-local/jars.mjs';
import { ensureJava } from '../../../../deploy/kafka-local/java.mjs';
import { onUnusedPort, startServer, unusedPort } from './server-process.js';

const GREENMAIL = {
  group: 'com.icegreen',
  artifact: 'greenmail-standalone',
  version: '2.1.3',
  sha256: '9457fdaf45ded6c87bf84a321a5ced4b4b5e72b1d03686b778df381378afc4c8',
};
const USER = 'kim@example.com';
const PASSWORD = 'canary-mail-password';

/** A GreenMail of one test's own, with one mailbox; what is sent to its user arrives in it. */
export interface TestMail {
  /** Settings of a connection to it, without TLS. */
  settings: {
    user: string;
    password: string;
    smtpHost: string;
    smtpPort: number;
    smtpTls: 'off';
    imapHost: string;
    imapPort: number;
    imapTls: 'off';
  };
  /** The port of the mailbox over TLS, with a certificate that nobody signed. */
  imapsPort: number;
  stop(): Promise<void>;
}

/** Starts a mail server in memory: 3 s, and the download of 10 MB for the first one on a machine. */
export async function startMail(): Promise<TestMail> {
  const [jar = ''] = await ensureJars({ jars: [GREENMAIL] });
  const { path: java } = await ensureJava();
  const folder = mkdtempSync(join(tmpdir(), 'tutti-mail-'));
  const { ports, server } = await onUnusedPort(async (smtp) => {
    const ports = { smtp, imap: await unusedPort(), imaps: await unusedPort() };
    const listening = Object.entries(ports).flatMap(([protocol, port]) => [
      `-Dgreenmail.${protocol}.hostname=127.0.0.1`,
      `-Dgreenmail.${protocol}.port=${port}`,
    ]);
    const [name, domain] = USER.split('@');
    const greenmail = await startServer({
      name: 'GreenMail',
      command: java,
      args: [
        '-Xmx128m',
        ...listening,
        `-Dgreenmail.users=${name}:${PASSWORD}@${domain}`,
        '-Dgreenmail.users.login=email',
        '-jar',
        jar,
      ],
      folder,
      log: join(folder, 'greenmail.log'),
      isReady: async () => (await Promise.all(Object.values(ports).map(listens))).every(Boolean),
    });
    return { ports, server: greenmail };
  });
  const host = '127.0.0.1';
  return {
    settings: {
      user: USER,
      password: PASSWORD,
      smtpHost: host,
      smtpPort: ports.smtp,
      smtpTls: 'off',
      imapHost: host,
      imapPort: ports.imap,
      imapTls: 'off',
    },
    imapsPort: ports.imaps,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (isThere: boolean) => () => {
      socket.destroy();
      done(isThere);
    };
    socket.once('connect', tell(true)).once('error', tell(false));
  });
}
