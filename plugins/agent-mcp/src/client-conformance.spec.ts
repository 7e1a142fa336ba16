import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import plugin from './index.js';

const MODULES = new URL('../../../node_modules/', import.meta.url).pathname;
const RELAY = new URL('testing/conformance-relay.mjs', import.meta.url).pathname;
const ASKED_MAX = 4;
const SAID_BYTES_MAX = 64 * 1024 * 1024;

/** What the suite wants of the client. */
interface Wanted {
  scenario: string;
  url: string;
  context: { toolCalls?: { name: string; arguments: object }[] };
}
interface Output {
  status: string;
  questions: { name: string }[];
  state: string | null;
}

let relay: Server;
beforeAll(async () => {
  relay = createServer((request, response) => {
    void wantedBy(request)
      .then(perform)
      .then(
        () => response.end(),
        (error: Error) => response.writeHead(500).end(error.stack),
      );
  });
  await new Promise<void>((ready) => {
    relay.listen(0, '127.0.0.1', ready);
  });
});
afterAll(async () => {
  relay.closeAllConnections();
  await new Promise((closed) => {
    relay.close(closed);
  });
});

async function wantedBy(request: IncomingMessage): Promise<Wanted> {
  return JSON.parse(await text(request)) as Wanted;
}

/** Lists the tools and calls them, as a workflow would; what they ask a person is answered. */
async function perform({ scenario, url, context }: Wanted): Promise<void> {
  const bench = pluginBench(plugin, { url });
  const { tools } = (await bench.call('mcp.tool.list', {})) as { tools: { name: string }[] };
  if (LISTS_ONLY.has(scenario)) return;
  const calls = context.toolCalls ?? tools.map(({ name }) => ({ name, arguments: ARGUMENTS[name] ?? {} }));
  const waiting: { call: object; output: Output }[] = [];
  for (const { name, arguments: args } of calls) {
    const call = { tool: name, arguments: args };
    const output = (await bench.call('mcp.tool.call', call)) as Output;
    if (output.status === 'input-required') waiting.push({ call, output });
  }
  for (const { call, output } of waiting) {
    const accepted = { action: 'accept', content: { confirmed: true } };
    const answers = Object.fromEntries(output.questions.map(({ name }) => [name, accepted]));
    const state = output.state === null ? {} : { state: output.state };
    await bench.call('mcp.tool.call', { ...call, answers, ...state });
  }
}

/** Their servers have no calls. */
const LISTS_ONLY = new Set(['json-schema-ref-no-deref']);
const ARGUMENTS: Record<string, object> = { add_numbers: { a: 5, b: 3 } };

function run(suite: string, options: readonly string[]): Promise<string> {
  const { port } = relay.address() as AddressInfo;
  const command = `${process.execPath} ${RELAY} http://127.0.0.1:${port}`;
  const args = [join(MODULES, suite, 'dist/index.js'), 'client', '--command', command, ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: SAID_BYTES_MAX }, (error, stdout, stderr) => {
      resolve(error === null ? 'passed' : (stdout + stderr).slice(-2_500));
    });
  });
}

const FIRST = '@modelcontextprotocol/conformance';
const NEXT = 'conformance-next';

it.each([
  [FIRST, '2025-11-25', 'initialize'],
  [FIRST, '2025-11-25', 'tools_call'],
  [NEXT, '2025-11-25', 'initialize'],
  [NEXT, '2025-11-25', 'tools_call'],
  [NEXT, '2025-11-25', 'sse-retry'],
  [NEXT, '2026-07-28', 'tools_call'],
  [NEXT, '2026-07-28', 'request-metadata'],
  [NEXT, '2026-07-28', 'sep-2322-client-request-state'],
  [NEXT, '2026-07-28', 'http-standard-headers'],
  [NEXT, '2026-07-28', 'http-custom-headers'],
  [NEXT, '2026-07-28', 'http-invalid-tool-headers'],
  [NEXT, '2026-07-28', 'json-schema-ref-no-deref'],
])(
  '%s passes over the connector in %s: %s',
  async (suite, revision, scenario) => {
    const options = ['--spec-version', revision, '--scenario', scenario];
    let outcome = '';
    // How soon a client comes back is measured, which a busy machine may miss.
    for (let asked = 0; asked < ASKED_MAX && outcome !== 'passed'; asked += 1)
      outcome = await run(suite, options);
    expect(outcome).toBe('passed');
  },
  200_000,
);
