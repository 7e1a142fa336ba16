import type { NormalSpan, SpanAttributes } from '../src/normalise.js';

/** One case of each dialect of standards.md 1.6, as its sender writes it. */
export const DIALECTS: [
  string,
  { root?: boolean; attributes: SpanAttributes; normal: Partial<NormalSpan> },
][] = [
  [
    'OpenTelemetry: chat',
    {
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'aws.bedrock',
        'gen_ai.request.model': 'claude-sonnet-4',
        'gen_ai.response.model': 'claude-sonnet-4-20250514',
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.cache_read.input_tokens': 80,
        'gen_ai.usage.cache_creation.input_tokens': 5,
        'gen_ai.conversation.id': 'c1',
      },
      normal: {
        kind: 'llm',
        provider: 'aws.bedrock',
        modelRequested: 'claude-sonnet-4',
        modelAnswered: 'claude-sonnet-4-20250514',
        inputTokens: 100,
        cacheReadTokens: 80,
        cacheWriteTokens: 5,
        conversationId: 'c1',
      },
    },
  ],
  [
    'OpenTelemetry before 1.37: gen_ai.system and old token names',
    {
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.system': 'vertex_ai',
        'gen_ai.usage.prompt_tokens': 3,
        'gen_ai.usage.completion_tokens': 4,
      },
      normal: { kind: 'llm', provider: 'gcp.vertex_ai', inputTokens: 3, outputTokens: 4 },
    },
  ],
  [
    'OpenTelemetry: memory and planning',
    { attributes: { 'gen_ai.operation.name': 'search_memory' }, normal: { kind: 'memory' } },
  ],
  [
    'OpenTelemetry: MCP tool call',
    {
      attributes: {
        'mcp.method.name': 'tools/call',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'search',
        'server.address': 'mcp.example',
        'network.transport': 'tcp',
      },
      normal: { kind: 'tool', toolName: 'search', mcpServer: 'mcp.example' },
    },
  ],
  [
    'OpenTelemetry: MCP over stdio',
    {
      attributes: { 'mcp.method.name': 'tools/list', 'network.transport': 'pipe' },
      normal: { kind: 'mcp', mcpServer: 'stdio' },
    },
  ],
  [
    'OpenInference: LLM',
    {
      attributes: {
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'gpt-4o',
        'llm.provider': 'azure',
        'llm.token_count.prompt': 10,
        'llm.token_count.completion': 2,
        'llm.token_count.prompt_details.cache_read': 4,
        metadata: '{"ls_provider":"openai","thread_id":"t-1","langgraph_node":"agent"}',
      },
      normal: {
        kind: 'llm',
        modelRequested: 'gpt-4o',
        provider: 'azure.ai.openai',
        inputTokens: 10,
        outputTokens: 2,
        cacheReadTokens: 4,
        conversationId: 't-1',
        step: 'agent',
      },
    },
  ],
  [
    'OpenInference: chain at the root is the workflow',
    { root: true, attributes: { 'openinference.span.kind': 'CHAIN' }, normal: { kind: 'workflow' } },
  ],
  [
    'OpenInference: chain inside is a step',
    { attributes: { 'openinference.span.kind': 'CHAIN' }, normal: { kind: 'step' } },
  ],
  [
    'OpenInference: reranker',
    {
      attributes: { 'openinference.span.kind': 'RERANKER', 'reranker.model_name': 'r1' },
      normal: { kind: 'retrieval', modelRequested: 'r1' },
    },
  ],
  [
    'OpenInference: guardrail',
    { attributes: { 'openinference.span.kind': 'GUARDRAIL' }, normal: { kind: 'guardrail' } },
  ],
  [
    'Traceloop: the root workflow says invoke_agent',
    {
      root: true,
      attributes: {
        'traceloop.span.kind': 'workflow',
        'gen_ai.operation.name': 'invoke_agent',
        'traceloop.entity.name': 'joke',
        'traceloop.workflow.name': 'joke',
      },
      normal: { kind: 'workflow', workflowName: 'joke', agentName: undefined },
    },
  ],
  [
    'Traceloop: agent',
    {
      attributes: {
        'traceloop.span.kind': 'agent',
        'traceloop.entity.name': 'writer',
        'traceloop.entity.version': '2',
      },
      normal: { kind: 'agent', agentName: 'writer', agentVersion: '2' },
    },
  ],
  [
    'Traceloop: task of LangGraph',
    {
      attributes: {
        'traceloop.span.kind': 'task',
        'traceloop.association.properties.langgraph_node': 'plan',
        'traceloop.association.properties.ls_model_name': 'm',
      },
      normal: { kind: 'step', step: 'plan', modelRequested: 'm' },
    },
  ],
  [
    'Traceloop: model call',
    {
      attributes: {
        'llm.request.type': 'chat',
        'gen_ai.system': 'OpenAI',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.cache_creation_input_tokens': 1,
        'llm.usage.prompt_tokens': 9,
      },
      normal: { kind: 'llm', provider: 'openai', cacheWriteTokens: 1, inputTokens: 9 },
    },
  ],
  [
    'Vercel up to 6: outer span is not a model call',
    {
      attributes: {
        'ai.operationId': 'ai.generateText',
        'ai.model.id': 'gpt-4o',
        'ai.model.provider': 'openai.chat',
        'ai.usage.promptTokens': 5,
        'ai.telemetry.functionId': 'f',
      },
      normal: { kind: 'agent', provider: 'openai', agentName: 'f' },
    },
  ],
  [
    'Vercel up to 6: inner span is one',
    {
      attributes: {
        'ai.operationId': 'ai.streamText.doStream',
        'gen_ai.system': 'openai.chat',
        'gen_ai.request.model': 'gpt-4o',
        'ai.usage.inputTokens': 5,
        'ai.response.msToFirstChunk': 250,
        'gen_ai.response.finish_reasons': ['stop'],
      },
      normal: { kind: 'llm', provider: 'openai', inputTokens: 5, ttftS: 0.25, finishReasons: ['stop'] },
    },
  ],
  [
    'Vercel up to 6: tool',
    {
      attributes: { 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': 'weather', 'ai.toolCall.id': 'c' },
      normal: { kind: 'tool', toolName: 'weather', toolCallId: 'c' },
    },
  ],
  [
    'Vercel up to 6: embedding',
    {
      attributes: { 'ai.operationId': 'ai.embedMany.doEmbed', 'ai.usage.tokens': 8, 'ai.model.id': 'e' },
      normal: { kind: 'embedding', inputTokens: 8 },
    },
  ],
  [
    'Vercel up to 6: Google',
    {
      attributes: { 'ai.operationId': 'ai.embed.doEmbed', 'ai.model.provider': 'google.generative-ai' },
      normal: { provider: 'gcp.gemini' },
    },
  ],
  [
    'LangSmith: retriever reported as embeddings',
    {
      attributes: { 'langsmith.span.kind': 'retriever', 'gen_ai.operation.name': 'embeddings' },
      normal: { kind: 'retrieval' },
    },
  ],
  [
    'LangSmith: chain with the run type as operation',
    {
      attributes: {
        'langsmith.span.kind': 'chain',
        'gen_ai.operation.name': 'chain',
        'langsmith.trace.session_name': 'default',
        'gen_ai.usage.input_tokens': 5,
        'langsmith.metadata.thread_id': 't',
      },
      normal: { kind: 'step', workflowName: 'default', conversationId: 't' },
    },
  ],
  [
    'LangSmith: model call',
    {
      attributes: {
        'langsmith.span.kind': 'llm',
        'gen_ai.operation.name': 'chat',
        'gen_ai.system': 'anthropic',
        'gen_ai.response.finish_reasons': 'stop, length',
        'langsmith.metadata.ls_model_name': 'c',
      },
      normal: { kind: 'llm', provider: 'anthropic', modelRequested: 'c', finishReasons: ['stop', 'length'] },
    },
  ],
  [
    'AutoGen: the framework in the place of the provider',
    {
      attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.system': 'autogen' },
      normal: { kind: 'agent', framework: 'autogen' },
    },
  ],
  [
    'LiteLLM: reported cost',
    {
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.cost.total_cost': 0.0125,
        'gen_ai.request.model': 'deployment',
        'gen_ai.response.model': 'alias',
        'llm.user': 'u',
      },
      normal: {
        kind: 'llm',
        costUsd: 0.0125,
        modelRequested: 'deployment',
        modelAnswered: 'alias',
        userId: 'u',
      },
    },
  ],
  [
    'an unknown operation',
    {
      attributes: {
        'gen_ai.operation.name': 'handle_conversation_turn',
        'gen_ai.request.model': 'm',
        'gen_ai.usage.input_tokens': 4,
      },
      normal: { kind: 'other', modelRequested: 'm' },
    },
  ],
  ['only a model', { attributes: { 'gen_ai.request.model': 'm' }, normal: { kind: 'llm' } }],
  ['only a tool', { attributes: { 'gen_ai.tool.name': 't' }, normal: { kind: 'tool' } }],
  ['plain HTTP', { attributes: { 'http.request.method': 'GET' }, normal: { kind: 'http' } }],
  ['nothing known', { attributes: { colour: 'red' }, normal: { kind: 'other' } }],
  [
    "the hub's own kind",
    {
      attributes: { 'tutti.span.kind': 'review', 'gen_ai.operation.name': 'chat' },
      normal: { kind: 'review' },
    },
  ],
  [
    "the hub's call of a model",
    {
      attributes: {
        'tutti.capability': 'model.chat',
        'gen_ai.response.model': 'm',
        'gen_ai.usage.input_tokens': 5,
        'tutti.cost.micros': 70,
        'tutti.cost.currency': 'EUR',
      },
      normal: { kind: 'llm', modelAnswered: 'm', inputTokens: 5, costMicros: 70, costCurrency: 'EUR' },
    },
  ],
  [
    "the hub's call of a capability",
    {
      attributes: { 'tutti.capability': 'document.extract' },
      normal: { kind: 'call', toolName: 'document.extract' },
    },
  ],
  [
    "the hub's capability call",
    {
      attributes: { 'tutti.span.kind': 'call', 'tutti.capability': 'crm.contact.find', 'tutti.run.id': 'r' },
      normal: { kind: 'call', toolName: 'crm.contact.find', runId: 'r' },
    },
  ],
];
