// Spans per second into the collector: OTLP protobuf over HTTP, every post acknowledged after its commit.
// Prints CPU per 1,000 spans of the collector and of its database (fsync on). The load runs in this process,
// the collector in another. The last line is JSON.
//   --seconds 10  --senders 4  --spans 500 (a post)  --gzip
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { Pool } from 'undici';
import { usageOf } from '../runs/processes.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const protos = join(here, '../../services/collector/test/protos');

/** Encodes by the published definition. */
function traceRequest() {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(protos, target.replace(protos, ''));
  root.loadSync(join(protos, 'opentelemetry/proto/collector/trace/v1/trace_service.proto'));
  return root.lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest');
}

const text = (key, stringValue) => ({ key, value: { stringValue } });
const number = (key, intValue) => ({ key, value: { intValue } });

/**
 * A trace as an agent framework sends it: agent, two model calls, a tool, an HTTP request; 18 attributes on a
 * model call.
 */
function traceSpans(nowNs) {
  const traceId = randomBytes(16);
  const root = randomBytes(8);
  const times = { startTimeUnixNano: `${nowNs - 2_000_000_000n}`, endTimeUnixNano: `${nowNs}` };
  const chat = [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', 'openai'),
    text('gen_ai.request.model', 'gpt-4o'),
    text('gen_ai.response.model', 'gpt-4o-2024-08-06'),
    text('gen_ai.response.id', `chatcmpl-${traceId.toString('hex')}`),
    text('gen_ai.output.type', 'text'),
    text('gen_ai.conversation.id', traceId.toString('hex')),
    text('server.address', 'api.openai.com'),
    text('gen_ai.agent.name', 'clerk'),
    number('server.port', 443),
    number('gen_ai.usage.input_tokens', 812),
    number('gen_ai.usage.output_tokens', 96),
    number('gen_ai.request.max_tokens', 1024),
    number('gen_ai.usage.cache_read.input_tokens', 512),
    { key: 'gen_ai.request.temperature', value: { doubleValue: 0.2 } },
    { key: 'gen_ai.response.finish_reasons', value: { arrayValue: { values: [{ stringValue: 'stop' }] } } },
    text('user.id', 'u-1'),
    text('app.version', '1.2.3'),
  ];
  const span = (name, kind, attributes) => ({
    traceId,
    spanId: randomBytes(8),
    parentSpanId: root,
    name,
    kind,
    attributes,
    ...times,
  });
  return [
    {
      traceId,
      spanId: root,
      name: 'invoke_agent clerk',
      kind: 1,
      attributes: [text('gen_ai.operation.name', 'invoke_agent'), text('gen_ai.agent.name', 'clerk')],
      ...times,
    },
    span('chat gpt-4o', 3, chat),
    span('chat gpt-4o', 3, chat),
    span('execute_tool find_order', 1, [
      text('gen_ai.operation.name', 'execute_tool'),
      text('gen_ai.tool.name', 'find_order'),
    ]),
    span('GET', 3, [
      text('http.request.method', 'GET'),
      number('http.response.status_code', 200),
      text('url.full', 'https://shop.example/orders/1'),
    ]),
  ];
}

function makeBody(type, spansPerPost, sender) {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({ length: spansPerPost / 5 }, () => traceSpans(nowNs)).flat();
  const resource = {
    attributes: [text('service.name', `shop-${sender}`), text('telemetry.sdk.language', 'python')],
  };
  const message = {
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'agent', version: '1' }, spans }] }],
  };
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

async function post(client, body, gzip) {
  const headers = { 'content-type': 'application/x-protobuf', ...(gzip && { 'content-encoding': 'gzip' }) };
  const { statusCode, body: answer } = await client.request({
    method: 'POST',
    path: '/v1/traces',
    headers,
    body,
  });
  await answer.dump();
  if (statusCode !== 200) throw new Error(`The collector answered ${statusCode}`);
}

/**
 * Posts prepared bodies from several senders until they are used up; returns the time it took and the
 * latencies.
 */
async function drive(client, bodies, { senders, gzip }) {
  const queue = [...bodies];
  const latenciesMs = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: senders }, async () => {
      for (let body = queue.pop(); body !== undefined; body = queue.pop()) {
        const begin = performance.now();
        await post(client, body, gzip);
        latenciesMs.push(performance.now() - begin);
      }
    }),
  );
  return { elapsedMs: performance.now() - start, latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

const round = (value, digits = 1) => Number(value.toFixed(digits));

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '10' },
      senders: { type: 'string', default: '4' },
      spans: { type: 'string', default: '500' },
      gzip: { type: 'boolean', default: false },
    },
  });
  const [seconds, senders, spans] = [Number(values.seconds), Number(values.senders), Number(values.spans)];
  const child = fork(join(here, 'collector.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port, pid, databasePid }] = await once(child, 'message');
  const client = new Pool(`http://127.0.0.1:${port}`, { connections: senders });
  const type = traceRequest();
  const bodies = (count) =>
    Array.from({ length: count }, (_, i) => {
      const body = makeBody(type, spans, i % 3);
      return values.gzip ? gzipSync(body) : body;
    });
  const options = { senders, gzip: values.gzip };
  try {
    const warm = await drive(client, bodies(40), options);
    // Bodies are made before the measurement, because making one costs more than receiving it.
    const load = bodies(Math.max(20, Math.min(1_500, Math.round((40 / warm.elapsedMs) * 1000 * seconds))));
    const before = usageOf([pid, databasePid]);
    const { elapsedMs, latenciesMs } = await drive(client, load, options);
    const after = usageOf([pid, databasePid]);
    child.send('count');
    const [{ count }] = await once(child, 'message');
    const sent = load.length * spans;
    const cpu = (key) => round(((after[key].cpuMs - before[key].cpuMs) / sent) * 1000);
    const figures = {
      bench: 'otlp',
      spans: sent,
      lost: sent + 40 * spans - count,
      bytesPerSpan: Math.round(load[0].length / spans),
      spansPerSecond: Math.round(sent / (elapsedMs / 1000)),
      postP50Ms: round(latenciesMs[latenciesMs.length >> 1]),
      postP99Ms: round(latenciesMs[Math.floor(latenciesMs.length * 0.99)]),
      cpuMsPer1000Spans: { collector: cpu('engine'), database: cpu('database') },
      collectorRssMiB: Math.round(after.engine.rssMiB),
      senders,
      gzip: values.gzip,
    };
    console.log(JSON.stringify(figures));
    return figures.lost === 0 ? 0 : 1;
  } finally {
    await client.close();
    child.send('stop');
    await once(child, 'exit');
  }
}
