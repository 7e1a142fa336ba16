import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { NORMALISATION, type NormalKind } from './normalisation.table.js';
import { canonicalProvider, normaliseSpan, type NormalSpan, type SpanAttributes } from './normalise.js';

const folder = fileURLToPath(new URL('../test/genai-spans', import.meta.url));
/** What each instrumentation really sends: names of attributes by kind of span (open-telemetry/semantic-conventions-conformance). */
const CONFORMANCE = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => [
  name.replace('.json', ''), (JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as { spans: Record<string, string[]> }).spans] as const);

const EXPECTED: Record<string, { operation: string; kind: NormalKind }> = {
  'gen_ai.inference.client': { operation: 'chat', kind: 'llm' },
  'gen_ai.embeddings.client': { operation: 'embeddings', kind: 'embedding' },
  'gen_ai.execute_tool.internal': { operation: 'execute_tool', kind: 'tool' },
  'gen_ai.invoke_workflow.internal': { operation: 'invoke_workflow', kind: 'workflow' },
};

function valueFor(name: string, operation: string): unknown {
  if (name === 'gen_ai.operation.name') return operation;
  if (/tokens|seed|max_|port/.test(name)) return 12;
  return /finish_reasons|messages/.test(name) ? ['stop'] : `value of ${name}`;
}

describe.each(CONFORMANCE)('spans as %s sends them', (_name, spans) => {
  it.each(Object.entries(spans))('of %s are understood', (type, names) => {
    const expected = EXPECTED[type];
    if (expected === undefined) throw new Error(`A new kind of span: ${type}; say what it is.`);
    const normal = normaliseSpan(Object.fromEntries(names.map((name) => [name, valueFor(name, expected.operation)])), true);
    expect(normal.kind).toBe(expected.kind);
    const says = (name: string, value: unknown) => expect(value !== undefined).toBe(names.includes(name));
    says('gen_ai.request.model', normal.modelRequested);
    says('gen_ai.response.model', normal.modelAnswered);
    says('gen_ai.provider.name', normal.provider);
    says('gen_ai.usage.input_tokens', normal.inputTokens);
    says('gen_ai.usage.output_tokens', normal.outputTokens);
    says('gen_ai.tool.name', normal.toolName);
    says('gen_ai.response.finish_reasons', normal.finishReasons);
    says('gen_ai.response.id', normal.responseId);
  });
});

/** One case of each dialect of standards.md 1.6, as its sender writes it. */
const DIALECTS: [string, { root?: boolean; attributes: SpanAttributes; normal: Partial<NormalSpan> }][] = [
  ['OpenTelemetry: chat', {
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'aws.bedrock', 'gen_ai.request.model': 'claude-sonnet-4', 'gen_ai.response.model': 'claude-sonnet-4-20250514',
      'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.cache_read.input_tokens': 80, 'gen_ai.usage.cache_creation.input_tokens': 5, 'gen_ai.conversation.id': 'c1' },
    normal: { kind: 'llm', provider: 'aws.bedrock', modelRequested: 'claude-sonnet-4', modelAnswered: 'claude-sonnet-4-20250514', inputTokens: 100, cacheReadTokens: 80,
      cacheWriteTokens: 5, conversationId: 'c1' } }],
  ['OpenTelemetry before 1.37: gen_ai.system and old token names', {
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'vertex_ai', 'gen_ai.usage.prompt_tokens': 3, 'gen_ai.usage.completion_tokens': 4 },
    normal: { kind: 'llm', provider: 'gcp.vertex_ai', inputTokens: 3, outputTokens: 4 } }],
  ['OpenTelemetry: memory and planning', { attributes: { 'gen_ai.operation.name': 'search_memory' }, normal: { kind: 'memory' } }],
  ['OpenTelemetry: MCP tool call', {
    attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search', 'server.address': 'mcp.example', 'network.transport': 'tcp' },
    normal: { kind: 'tool', toolName: 'search', mcpServer: 'mcp.example' } }],
  ['OpenTelemetry: MCP over stdio', { attributes: { 'mcp.method.name': 'tools/list', 'network.transport': 'pipe' }, normal: { kind: 'mcp', mcpServer: 'stdio' } }],
  ['OpenInference: LLM', {
    attributes: { 'openinference.span.kind': 'LLM', 'llm.model_name': 'gpt-4o', 'llm.provider': 'azure', 'llm.token_count.prompt': 10, 'llm.token_count.completion': 2,
      'llm.token_count.prompt_details.cache_read': 4, metadata: '{"ls_provider":"openai","thread_id":"t-1","langgraph_node":"agent"}' },
    normal: { kind: 'llm', modelRequested: 'gpt-4o', provider: 'azure.ai.openai', inputTokens: 10, outputTokens: 2, cacheReadTokens: 4, conversationId: 't-1', step: 'agent' } }],
  ['OpenInference: chain at the root is the workflow', { root: true, attributes: { 'openinference.span.kind': 'CHAIN' }, normal: { kind: 'workflow' } }],
  ['OpenInference: chain inside is a step', { attributes: { 'openinference.span.kind': 'CHAIN' }, normal: { kind: 'step' } }],
  ['OpenInference: reranker', { attributes: { 'openinference.span.kind': 'RERANKER', 'reranker.model_name': 'r1' }, normal: { kind: 'retrieval', modelRequested: 'r1' } }],
  ['OpenInference: guardrail', { attributes: { 'openinference.span.kind': 'GUARDRAIL' }, normal: { kind: 'guardrail' } }],
  ['Traceloop: the root workflow says invoke_agent', {
    root: true, attributes: { 'traceloop.span.kind': 'workflow', 'gen_ai.operation.name': 'invoke_agent', 'traceloop.entity.name': 'joke', 'traceloop.workflow.name': 'joke' },
    normal: { kind: 'workflow', workflowName: 'joke', agentName: undefined } }],
  ['Traceloop: agent', { attributes: { 'traceloop.span.kind': 'agent', 'traceloop.entity.name': 'writer', 'traceloop.entity.version': '2' }, normal: { kind: 'agent', agentName: 'writer', agentVersion: '2' } }],
  ['Traceloop: task of LangGraph', {
    attributes: { 'traceloop.span.kind': 'task', 'traceloop.association.properties.langgraph_node': 'plan', 'traceloop.association.properties.ls_model_name': 'm' },
    normal: { kind: 'step', step: 'plan', modelRequested: 'm' } }],
  ['Traceloop: model call', {
    attributes: { 'llm.request.type': 'chat', 'gen_ai.system': 'OpenAI', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.cache_creation_input_tokens': 1, 'llm.usage.prompt_tokens': 9 },
    normal: { kind: 'llm', provider: 'openai', cacheWriteTokens: 1, inputTokens: 9 } }],
  ['Vercel up to 6: outer span is not a model call', {
    attributes: { 'ai.operationId': 'ai.generateText', 'ai.model.id': 'gpt-4o', 'ai.model.provider': 'openai.chat', 'ai.usage.promptTokens': 5, 'ai.telemetry.functionId': 'f' },
    normal: { kind: 'agent', provider: 'openai', agentName: 'f' } }],
  ['Vercel up to 6: inner span is one', {
    attributes: { 'ai.operationId': 'ai.streamText.doStream', 'gen_ai.system': 'openai.chat', 'gen_ai.request.model': 'gpt-4o', 'ai.usage.inputTokens': 5, 'ai.response.msToFirstChunk': 250,
      'gen_ai.response.finish_reasons': ['stop'] },
    normal: { kind: 'llm', provider: 'openai', inputTokens: 5, ttftS: 0.25, finishReasons: ['stop'] } }],
  ['Vercel up to 6: tool', { attributes: { 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': 'weather', 'ai.toolCall.id': 'c' }, normal: { kind: 'tool', toolName: 'weather', toolCallId: 'c' } }],
  ['Vercel up to 6: embedding', { attributes: { 'ai.operationId': 'ai.embedMany.doEmbed', 'ai.usage.tokens': 8, 'ai.model.id': 'e' }, normal: { kind: 'embedding', inputTokens: 8 } }],
  ['Vercel up to 6: Google', { attributes: { 'ai.operationId': 'ai.embed.doEmbed', 'ai.model.provider': 'google.generative-ai' }, normal: { provider: 'gcp.gemini' } }],
  ['LangSmith: retriever reported as embeddings', { attributes: { 'langsmith.span.kind': 'retriever', 'gen_ai.operation.name': 'embeddings' }, normal: { kind: 'retrieval' } }],
  ['LangSmith: chain with the run type as operation', {
    attributes: { 'langsmith.span.kind': 'chain', 'gen_ai.operation.name': 'chain', 'langsmith.trace.session_name': 'default', 'gen_ai.usage.input_tokens': 5,
      'langsmith.metadata.thread_id': 't' },
    normal: { kind: 'step', workflowName: 'default', conversationId: 't' } }],
  ['LangSmith: model call', {
    attributes: { 'langsmith.span.kind': 'llm', 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'anthropic', 'gen_ai.response.finish_reasons': 'stop, length', 'langsmith.metadata.ls_model_name': 'c' },
    normal: { kind: 'llm', provider: 'anthropic', modelRequested: 'c', finishReasons: ['stop', 'length'] } }],
  ['AutoGen: the framework in the place of the provider', { attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.system': 'autogen' }, normal: { kind: 'agent', framework: 'autogen' } }],
  ['LiteLLM: reported cost', {
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.cost.total_cost': 0.0125, 'gen_ai.request.model': 'deployment', 'gen_ai.response.model': 'alias', 'llm.user': 'u' },
    normal: { kind: 'llm', costUsd: 0.0125, modelRequested: 'deployment', modelAnswered: 'alias', userId: 'u' } }],
  ['an unknown operation', { attributes: { 'gen_ai.operation.name': 'handle_conversation_turn', 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 4 }, normal: { kind: 'other', modelRequested: 'm' } }],
  ['only a model', { attributes: { 'gen_ai.request.model': 'm' }, normal: { kind: 'llm' } }],
  ['only a tool', { attributes: { 'gen_ai.tool.name': 't' }, normal: { kind: 'tool' } }],
  ['plain HTTP', { attributes: { 'http.request.method': 'GET' }, normal: { kind: 'http' } }],
  ['nothing known', { attributes: { colour: 'red' }, normal: { kind: 'other' } }],
  ["the hub's own kind", { attributes: { 'tutti.span.kind': 'review', 'gen_ai.operation.name': 'chat' }, normal: { kind: 'review' } }],
  ["the hub's capability call", { attributes: { 'tutti.span.kind': 'call', 'tutti.capability': 'crm.contact.find', 'tutti.run.id': 'r' }, normal: { kind: 'call', toolName: 'crm.contact.find', runId: 'r' } }],
];

describe('the normalisation', () => {
  it.each(DIALECTS)('understands %s', (_title, { root, attributes, normal }) => {
    expect(normaliseSpan(attributes, root ?? false)).toMatchObject(normal);
  });

  it('takes the first attribute that is present, whatever their order in the span', () => {
    const providers = NORMALISATION.provider.filter((name) => !name.startsWith('*')).map((name, rank) => [name, `p${rank}`] as const);
    for (const entries of [providers, [...providers].reverse()]) {
      for (let first = 0; first < providers.length; first++) {
        const present = entries.filter(([, value]) => Number(value.slice(1)) >= first);
        expect(normaliseSpan(Object.fromEntries(present), false).provider).toBe(`p${first}`);
      }
    }
  });

  it.each([['12', 12], [12.4, 12], ['x', undefined], [-1, undefined], [Number.NaN, undefined], [1e12, undefined], [{}, undefined], [null, undefined]])(
    'reads %p tokens as %p', (value, tokens) => {
      expect(normaliseSpan({ 'gen_ai.usage.input_tokens': value }, false).inputTokens).toBe(tokens);
    });

  it('passes over metadata that is no JSON', () => {
    expect(normaliseSpan({ 'openinference.span.kind': 'LLM', metadata: '{broken' }, false).kind).toBe('llm');
  });

  it.each([['openai.chat', 'openai'], ['gcp.gemini', 'gcp.gemini'], ['google.vertex.chat', 'gcp.vertex_ai'], ['azure.chat', 'azure.ai.openai'], ['xai.responses', 'x_ai'],
    ['mistral.chat', 'mistral_ai'], ['az.ai.openai', 'azure.ai.openai'], ['ollama', 'ollama']])('names the provider %s %s', (name, canonical) => {
    expect(canonicalProvider(name)).toBe(canonical);
  });

  it('never fails and never drops, whatever the attributes are', () => {
    const known = fc.constantFrom(...Object.values(NORMALISATION).flat(), 'metadata', '__proto__', 'constructor');
    const value = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()), fc.object(), fc.json());
    fc.assert(fc.property(fc.array(fc.tuple(known, value)), fc.boolean(), (entries, root) => {
      const normal = normaliseSpan(Object.fromEntries(entries), root);
      expect(typeof normal.kind).toBe('string');
      expect(JSON.stringify(normal)).toBeDefined();
    }));
  });
});

it('does not take a framework for a provider', () => {
  expect(normaliseSpan({ 'gen_ai.system': 'AutoGen', 'gen_ai.operation.name': 'chat' }, false).provider).toBeUndefined();
});
