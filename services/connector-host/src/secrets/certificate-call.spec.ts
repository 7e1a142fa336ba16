import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { AddressGuard } from '../http/address-guard.js';
import { OriginPools } from '../http/origin-pools.js';
import type { ClientCertificate } from '../http/wire-authentication.js';
import { TEST_CERTIFICATES } from '../testing/certificates.js';
import { HttpStub } from '../testing/http-stub.js';
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

async function call(name: string, value: unknown, uri = `${origin}/`) {
  const { host, database } = hub.host;
  const sealed = host.secretBox.seal(
    { value: JSON.stringify(value) },
    { workspaceId: 'default', secret: name },
  );
  await database.query(
    `INSERT INTO secrets (workspace_id, name, sealed, updated_by) VALUES ('default', $1, $2, 'test')`,
    [name, sealed],
  );
  const request = httpRequest({ uri, authentication: { scheme: 'certificate', use: name } });
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

  it('is refused for an address without TLS, to which nothing is sent', async () => {
    const plain = await HttpStub.start();
    const secret = { cert: clientCert, key: clientKey };
    const { fate, error } = failed(await call('in-clear', secret, plain.origin));
    expect(fate).toBe('permanent');
    expect(error).toMatchObject({ type: expect.stringMatching(/configuration$/), status: 400 });
    expect(error.detail).toContain('over https only');
    expect(plain.seen).toEqual([]);
    await plain.stop();
  });
});

describe('the sockets of a certificate', () => {
  let pools: OriginPools;
  const request = { method: 'GET', path: '/', headers: {}, body: null, timeoutMs: 5_000 };
  const own = { cert: clientCert, key: clientKey, ca: authority };
  /** As a secret might hold it that nobody looked through. */
  const ask = (parts: Record<string, unknown>, host = '127.0.0.1') => {
    const certificate = { scheme: 'certificate', ...parts } as unknown as ClientCertificate;
    return pools.exchange(new URL(origin.replace('127.0.0.1', host)), request, certificate);
  };

  beforeEach(() => {
    pools = new OriginPools(new AddressGuard({ blockPrivateAddresses: false }));
  });
  afterEach(() => pools.close());

  it.each([
    ['socketPath', '/nowhere.sock'],
    ['path', '/nowhere.sock'],
    ['pfx', 'nothing'],
    ['checkServerIdentity', null],
    ['servername', 'another.example'],
    ['passphrase', { not: 'text' }],
    ['maxVersion', 'TLSv1'],
  ])('take no %s from it that is none of the four texts', async (option, value) => {
    const { body } = await ask({ ...own, [option]: value });
    expect(JSON.parse(body.toString())).toEqual({ client: 'client' });
  });

  it('trust no server because it says so', async () => {
    const { ca: _ca, ...trusting } = { ...own, rejectUnauthorized: false };
    await expect(ask(trusting)).rejects.toMatchObject({ message: expect.stringContaining('certificate') });
  });

  it.each([{ lookup: null }, { lookup: undefined }])(
    'look up addresses under the guard with %o',
    async (parts) => {
      await pools.close();
      pools = new OriginPools(new AddressGuard({ blockPrivateAddresses: true }));
      await expect(ask({ ...own, ...parts }, 'localhost')).rejects.toMatchObject({ failure: 'refused' });
    },
  );
});
