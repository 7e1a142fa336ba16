// DBOS Transact on PostgreSQL: a workflow of three steps, started over HTTP and awaited.
import { createServer } from 'node:http';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { Pool } from 'undici';

const stub = new Pool(process.env.STUB_URL, { connections: 128, pipelining: 1 });

async function call(step, n) {
  const headers = { 'content-type': 'application/json' };
  const { body } = await stub.request({
    path: '/',
    method: 'POST',
    headers,
    body: JSON.stringify({ step, n }),
  });
  return body.json();
}

const w1 = DBOS.registerWorkflow(
  async (input) => {
    await DBOS.runStep(() => call(1, input.n), { name: 'first' });
    const second = await DBOS.runStep(() => call(2, input.n), { name: 'second' });
    await DBOS.runStep(() => call(3, input.n), { name: 'third' });
    return { branch: second.route === 'even' ? 'even' : 'odd' };
  },
  { name: 'w1' },
);

const w0 = DBOS.registerWorkflow(
  async (input) => {
    await DBOS.runStep(async () => ({ a: input.n + 1 }), { name: 'first' });
    const second = await DBOS.runStep(async () => ({ route: input.n % 2 === 0 ? 'even' : 'odd' }), {
      name: 'second',
    });
    await DBOS.runStep(async () => ({ c: input.n * 2 }), { name: 'third' });
    return { branch: second.route === 'even' ? 'even' : 'odd' };
  },
  { name: 'w0' },
);

const host = encodeURIComponent(process.env.DATABASE_SOCKET);
DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: `postgresql://postgres:none@localhost:5432/bench?host=${host}`,
  systemDatabasePoolSize: 20,
  runAdminServer: false,
  logLevel: 'error',
});
await DBOS.launch();

const server = createServer((request, response) => {
  let body = '';
  request
    .setEncoding('utf8')
    .on('data', (chunk) => {
      body += chunk;
    })
    .on('end', async () => {
      try {
        const text = JSON.stringify(await (request.url === '/w1' ? w1 : w0)(JSON.parse(body)));
        response.writeHead(200, { 'content-type': 'application/json' }).end(text);
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
});
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(`ready ${JSON.stringify({ w1: `${url}/w1`, w0: `${url}/w0` })}`);
});
process.on('SIGTERM', async () => {
  server.closeAllConnections();
  await DBOS.shutdown();
  process.exit(0);
});
