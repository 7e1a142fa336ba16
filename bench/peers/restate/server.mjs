// Restate: its server as a child, the services beside it, both counted. Data on disk, its own defaults for
// durability.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer as createHttp2 } from 'node:http2';
import { createServer } from 'node:net';
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as restate from '@restatedev/restate-sdk';
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

const bench = restate.service({
  name: 'bench',
  handlers: {
    async w1(context, input) {
      await context.run('first', () => call(1, input.n));
      const second = await context.run('second', () => call(2, input.n));
      await context.run('third', () => call(3, input.n));
      return { branch: second.route === 'even' ? 'even' : 'odd' };
    },
    async w0(context, input) {
      await context.run('first', () => ({ a: input.n + 1 }));
      const second = await context.run('second', () => ({ route: input.n % 2 === 0 ? 'even' : 'odd' }));
      await context.run('third', () => ({ c: input.n * 2 }));
      return { branch: second.route === 'even' ? 'even' : 'odd' };
    },
  },
});

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const services = createHttp2(restate.createEndpointHandler({ services: [bench] }));
await new Promise((resolve) => services.listen(0, '127.0.0.1', resolve));

const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
const require = createRequire(import.meta.url);
const platform = require.resolve(
  `@restatedev/restate-server-${process.platform}-${process.arch}/package.json`,
);
const binary = join(dirname(platform), 'bin', 'restate-server');
chmodSync(binary, 0o755);
const server = spawn(binary, ['--base-dir', process.env.STATE_DIR, '--node-name', 'bench'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    ...process.env,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'error',
  },
});
process.on('SIGTERM', () => {
  server.once('exit', () => process.exit(0));
  server.kill('SIGTERM');
});
server.once('exit', (code) => process.exit(code ?? 1));

async function post(url, body) {
  const { origin, pathname } = new URL(url);
  const client = new Pool(origin);
  try {
    const answer = await client.request({
      path: pathname,
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  } finally {
    await client.close();
  }
}

/** The server opens its ports some time before it takes a deployment or a call. */
async function until(work) {
  for (let attempt = 0; ; attempt++) {
    const answer = await work().catch((error) => ({ status: 0, text: error.message }));
    if (answer.status >= 200 && answer.status < 300) return;
    if (attempt === 100) throw new Error(`Restate does not answer: ${answer.status} ${answer.text}`);
    await delay(200);
  }
}

await until(() =>
  post(`http://127.0.0.1:${admin}/deployments`, { uri: `http://127.0.0.1:${services.address().port}` }),
);
const url = `http://127.0.0.1:${ingress}/bench`;
await until(() => post(`${url}/w0`, { n: 1 }));
console.log(`ready ${JSON.stringify({ w1: `${url}/w1`, w0: `${url}/w0` })}`);
