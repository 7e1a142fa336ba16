import { OpenTelemetry } from '@ai-sdk/otel';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { generateText, isStepCount, tool } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { z } from 'zod';
import { startCollector, type TestCollector } from '../test/collector-under-test.js';

type Result = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>;

const usage = (input: number, output: number): Result['usage'] => ({
  inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: output, text: output, reasoning: 0 },
});

/** First it asks for the weather, then it answers. */
function weatherModel(): MockLanguageModelV4 {
  const answers: Result[] = [
    {
      content: [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'weather', input: '{"city":"Ulm"}' }],
      finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
      usage: usage(20, 8),
      warnings: [],
    },
    {
      content: [{ type: 'text', text: 'It rains in Ulm.' }],
      finishReason: { unified: 'stop', raw: 'stop' },
      usage: usage(40, 6),
      warnings: [],
    },
  ];
  return new MockLanguageModelV4({
    provider: 'openai.chat',
    modelId: 'gpt-4o-mini',
    doGenerate: async () => answers.shift() as Result,
  });
}

describe('a program on the AI SDK 7 with @ai-sdk/otel', () => {
  let collector: TestCollector;
  beforeAll(async () => {
    collector = await startCollector();
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.namespace': 'support', 'service.name': 'assistant' }),
      sampler: new AlwaysOnSampler(),
      spanProcessors: [
        new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${collector.url}/v1/traces` }) }),
      ],
    });
    const { text } = await generateText({
      model: weatherModel(),
      prompt: 'What is the weather in Ulm?',
      stopWhen: isStepCount(3),
      tools: {
        weather: tool({ inputSchema: z.object({ city: z.string() }), execute: async () => 'rain' }),
      },
      telemetry: {
        functionId: 'weather-assistant',
        integrations: new OpenTelemetry({ tracer: provider.getTracer('ai') }),
      },
    });
    expect(text).toBe('It rains in Ulm.');
    await provider.forceFlush();
    await provider.shutdown();
  });
  afterAll(() => collector.stop());

  it('shows up in the inventory as a foreign application with its agent, model and tool', async () => {
    const assets = await collector.rows(
      `SELECT kind, application, provider, name, managed, calls::int, input_tokens::int AS "in", output_tokens::int AS "out"
         FROM ai_assets ORDER BY kind`,
    );
    const app = 'support/assistant';
    expect(assets).toEqual([
      {
        kind: 'agent',
        application: app,
        provider: '',
        name: 'weather-assistant',
        managed: false,
        calls: 1,
        in: 0,
        out: 0,
      },
      {
        kind: 'application',
        application: '',
        provider: '',
        name: app,
        managed: false,
        calls: 2,
        in: 60,
        out: 14,
      },
      {
        kind: 'model',
        application: app,
        provider: 'openai',
        name: 'gpt-4o-mini',
        managed: false,
        calls: 2,
        in: 60,
        out: 14,
      },
      {
        kind: 'tool',
        application: app,
        provider: '',
        name: 'weather',
        managed: false,
        calls: 1,
        in: 0,
        out: 0,
      },
    ]);
  });

  it('has every span kept, with tokens and a price on the model calls', async () => {
    const spans = await collector.rows<{
      kind: string;
      cost_micros: string | null;
      price_version: string | null;
    }>('SELECT kind, cost_micros, price_version FROM spans ORDER BY started_at');
    expect(spans.map((span) => span.kind).sort()).toEqual(['agent', 'llm', 'llm', 'other', 'other', 'tool']);
    const calls = spans.filter((span) => span.kind === 'llm');
    // 20 and 40 tokens in at 0.15 dollars a million, 8 and 6 out at 0.60.
    expect(calls.map((span) => Number(span.cost_micros))).toEqual([8, 10]);
    expect(calls[0]?.price_version).toBe('genai-prices 0.1.8');
  });
});
