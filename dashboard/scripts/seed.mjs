// Fills a hub that runs with data worth looking at: invoices, a fault, a cancelled run, a foreign
// application. Usage: node dashboard/scripts/seed.mjs API_URL OTLP_URL ADMIN_TOKEN
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [api, otlp, token] = process.argv.slice(2);
const EXAMPLE = join(import.meta.dirname, '../../examples/invoice-processing');
const authorization = `Bearer ${token}`;

async function send(method, path, { body, type = 'application/json', headers = {} }) {
  const request = { method, headers: { authorization, 'content-type': type, ...headers }, body };
  const answer = await fetch(api + path, request);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function run(workflow, input) {
  const headers = { prefer: 'wait=8' };
  return send('POST', `/v1/workflows/${workflow}/runs`, { body: JSON.stringify(input), headers });
}

async function runInvoices() {
  const { documents } = JSON.parse(readFileSync(join(EXAMPLE, 'expected.json'), 'utf8'));
  for (const { file, mediaType } of documents) {
    const body = readFileSync(join(EXAMPLE, 'documents', file));
    const document = await send('POST', `/v1/artifacts?name=${file}`, { body, type: mediaType });
    const { id, status } = await run('finance/invoice', { document });
    console.log(`${file}: ${status} (${id})`);
  }
}

const SYNC = `
document:
  dsl: '1.0.3'
  namespace: sales
  name: contact-sync
  version: '1.2.0'
  title: Contact sync
  summary: Takes changed contacts from the shop into the CRM every night.
do:
  - load: { set: { contacts: '\${ .contacts // [] }' } }
  - check:
      switch:
        - empty: { when: '\${ (.contacts | length) == 0 }', then: refuse }
        - some: { then: hold }
  - hold: { wait: { hours: 2 }, then: end }
  - refuse:
      raise:
        error:
          type: https://example.com/errors/empty-export
          status: 422
          title: The export is empty
          detail: The shop answered with no contacts at all, which has never been true. Nothing was changed.`;

async function runSync() {
  await send('PUT', '/v1/workflows', { body: SYNC, type: 'application/yaml' });
  await run('sales/contact-sync', { contacts: [] });
  const { id } = await send('POST', '/v1/workflows/sales/contact-sync/runs', {
    body: JSON.stringify({ contacts: [{ email: 'ada@example.com' }] }),
  });
  await send('POST', `/v1/runs/${id}/cancel`, {
    body: JSON.stringify({ reason: 'The shop is in maintenance tonight.' }),
  });
}

const text = (key, stringValue) => ({ key, value: { stringValue } });
const count = (key, value) => ({ key, value: { intValue: String(value) } });
const hex = (bytes) => randomBytes(bytes).toString('hex');

/** One conversation of an agent: the agent, a model call, a tool call, another model call. */
function conversation({ model, provider, agoMs }) {
  const startMs = Date.now() - agoMs;
  const traceId = hex(16);
  const root = hex(8);
  const ns = (ms) => `${startMs + ms}000000`;
  const span = (name, [fromMs, toMs], attributes) => ({
    traceId,
    spanId: hex(8),
    parentSpanId: root,
    name,
    kind: 3,
    startTimeUnixNano: ns(fromMs),
    endTimeUnixNano: ns(toMs),
    attributes,
  });
  const chat = (fromMs, toMs, [tokensIn, tokensOut]) =>
    span(
      `chat ${model}`,
      [fromMs, toMs],
      [
        text('gen_ai.operation.name', 'chat'),
        text('gen_ai.provider.name', provider),
        text('gen_ai.request.model', model),
        count('gen_ai.usage.input_tokens', tokensIn),
        count('gen_ai.usage.output_tokens', tokensOut),
      ],
    );
  return [
    {
      ...span(
        'invoke_agent support-agent',
        [0, 4200],
        [text('gen_ai.operation.name', 'invoke_agent'), text('gen_ai.agent.name', 'support-agent')],
      ),
      spanId: root,
      parentSpanId: undefined,
    },
    chat(40, 1500, [1843, 212]),
    span(
      'execute_tool order.lookup',
      [1520, 1910],
      [text('gen_ai.operation.name', 'execute_tool'), text('gen_ai.tool.name', 'order.lookup')],
    ),
    chat(1930, 4150, [2316, 388]),
  ];
}

async function sendForeign() {
  const calls = [
    ...[3, 9, 16, 22, 31].map((min) => ['support-bot', 'gpt-5-mini', 'openai', min]),
    ...[5, 18].map((min) => ['sales-assistant', 'claude-sonnet-4-5', 'anthropic', min]),
  ];
  const resourceSpans = calls.map(([service, model, provider, min]) => ({
    resource: {
      attributes: [text('service.name', service), text('deployment.environment.name', 'production')],
    },
    scopeSpans: [{ scope: { name: 'seed' }, spans: conversation({ model, provider, agoMs: min * 60_000 }) }],
  }));
  const answer = await fetch(`${otlp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  if (!answer.ok) throw new Error(`OTLP: ${answer.status} ${await answer.text()}`);
}

await sendForeign();
await runSync();
await runInvoices();
