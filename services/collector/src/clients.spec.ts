import { context, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { startCollector, type TestCollector } from '../test/collector-under-test.js';

let collector: TestCollector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector.stop());

/** A program that knows nothing of the hub: one operation with a model call and a tool call inside. */
async function runPlainProgram(name: string, exporter: SpanExporter): Promise<string> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'deployment.environment.name': 'test' }),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('shop', '1.2.3');
  const root = tracer.startSpan('answer question', { kind: SpanKind.SERVER });
  const inside = trace.setSpan(context.active(), root);
  const chat = tracer.startSpan(
    'chat gpt-4o',
    {
      kind: SpanKind.CLIENT,
      links: [
        { context: { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: TraceFlags.SAMPLED } },
      ],
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.input_tokens': 1000,
        'gen_ai.usage.output_tokens': 100,
      },
    },
    inside,
  );
  chat.addEvent('first token', { index: 0 });
  chat.end();
  const tool = tracer.startSpan(
    'execute_tool find_order',
    { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'find_order' } },
    inside,
  );
  tool.recordException(new Error('no such order'));
  tool.setStatus({ code: 2, message: 'no such order' });
  tool.end();
  root.end();
  await provider.forceFlush();
  await provider.shutdown();
  return root.spanContext().traceId;
}

const EXPORTERS: [string, () => SpanExporter][] = [
  ['protobuf over HTTP', () => new ProtoExporter({ url: `${collector.url}/v1/traces` })],
  [
    'gzipped protobuf over HTTP',
    () => new ProtoExporter({ url: `${collector.url}/v1/traces`, compression: 'gzip' as never }),
  ],
  ['JSON over HTTP', () => new JsonExporter({ url: `${collector.url}/v1/traces` })],
  ['gRPC', () => new GrpcExporter({ url: `http://${collector.grpcAddress}` })],
  [
    'gzipped gRPC',
    () => new GrpcExporter({ url: `http://${collector.grpcAddress}`, compression: 'gzip' as never }),
  ],
];

describe.each(EXPORTERS)('a plain OpenTelemetry program that sends %s', (title, exporter) => {
  const name = `shop-${title.replaceAll(' ', '-')}`;
  let traceId: string;
  beforeAll(async () => {
    traceId = await runPlainProgram(name, exporter());
  });

  it('has its spans stored, with tokens, cost, status, links and events', async () => {
    const spans = await collector.rows<Record<string, unknown>>(
      `SELECT name, kind, provider, model, input_tokens, output_tokens, cost_micros, status, status_message, events, links
         FROM spans WHERE trace_id = $1::uuid ORDER BY name`,
      [traceId],
    );
    expect(spans.map((span) => [span['name'], span['kind'], span['status']])).toEqual([
      ['answer question', 'other', 0],
      ['chat gpt-4o', 'llm', 0],
      ['execute_tool find_order', 'tool', 2],
    ]);
    expect(spans[1]).toMatchObject({
      provider: 'openai',
      model: 'gpt-4o',
      input_tokens: 1000,
      output_tokens: 100,
      cost_micros: '3500',
    });
    expect(JSON.parse(spans[1]?.['events'] as string)).toMatchObject([
      { name: 'first token', attributes: { index: 0 } },
    ]);
    expect(JSON.parse(spans[1]?.['links'] as string)).toMatchObject([
      { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) },
    ]);
    expect(spans[2]?.['status_message']).toBe('no such order');
  });

  it('shows up in the inventory as a foreign application with its model and tool', async () => {
    const assets = await collector.rows<Record<string, unknown>>(
      `SELECT kind, application, environment, provider, name, managed, calls::int, errors::int, input_tokens::int,
         output_tokens::int FROM ai_assets
       WHERE application = $1 OR name = $1 ORDER BY kind`,
      [name],
    );
    const common = { environment: 'test', managed: false };
    expect(assets).toEqual([
      {
        kind: 'application',
        application: '',
        provider: '',
        name,
        calls: 1,
        errors: 0,
        input_tokens: 1000,
        output_tokens: 100,
        ...common,
      },
      {
        kind: 'model',
        application: name,
        provider: 'openai',
        name: 'gpt-4o',
        calls: 1,
        errors: 0,
        input_tokens: 1000,
        output_tokens: 100,
        ...common,
      },
      {
        kind: 'tool',
        application: name,
        provider: '',
        name: 'find_order',
        calls: 1,
        errors: 1,
        input_tokens: 0,
        output_tokens: 0,
        ...common,
      },
    ]);
  });
});
