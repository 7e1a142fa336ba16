import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { TEST_CERTIFICATES } from '../testing/certificates.js';
import { failed, httpRequest, output } from '../testing/requests.js';
import { TestHub } from '../testing/test-plugin.js';

const hub = TestHub.use();
const { authority, serverCert, serverKey, clientCert, clientKey } = TEST_CERTIFICATES;
let server: Server;
let origin: string;

beforeAll(async () => {
  const tls = {
    cert: serverCert,
    key: serverKey,
    ca: authority,
    requestCert: true,
    rejectUnauthorized: false,
  };
  server = createServer(tls, (request, response) => {
    const socket = request.socket as TLSSocket;
    const { CN } = (socket.getPeerCertificate().subject as { CN?: string } | undefined) ?? {};
    response.writeHead(socket.authorized ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ client: CN ?? null }));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

async function call(name: string, value: unknown) {
  const { host, database } = hub.host;
  const sealed = host.secretBox.seal(
    { value: JSON.stringify(value) },
    { workspaceId: 'default', secret: name },
  );
  await database.query(
    `INSERT INTO secrets (workspace_id, name, sealed, updated_by) VALUES ('default', $1, $2, 'test')`,
    [name, sealed],
  );
  const request = httpRequest({ uri: `${origin}/`, authentication: { scheme: 'certificate', use: name } });
  return (await host.executor.execute({ ...request, secrets: { names: [name], runId: request.runId } }))
    .outcome;
}

describe('authentication by a certificate', () => {
  it('shows the certificate of a secret when the connection is made', async () => {
    const outcome = await call('mutual', { cert: clientCert, key: clientKey, ca: authority });
    expect(output(outcome)).toEqual({ client: 'client' });
    expect(JSON.stringify([outcome, hub.host.spans, hub.host.lines])).not.toContain('PRIVATE KEY');
  });

  it('shares no connection with calls that have none, or another one', async () => {
    const other = await call('of-the-server', { cert: serverCert, key: serverKey, ca: authority });
    expect(output(other)).toEqual({ client: 'server' });
    const bare = (await hub.host.host.executor.execute(httpRequest({ uri: `${origin}/` }))).outcome;
    // Its own connection does not trust the authority of the test; a shared one would.
    expect(bare.status).toBe('failed');
  });

  it('says what the secret has to hold', async () => {
    const outcome = failed(await call('half-a-certificate', { cert: clientCert }));
    expect(outcome.error.detail).toContain('is no object with cert and key, as certificate needs');
  });
});
