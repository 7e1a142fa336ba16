import type { SPAN_KINDS } from '@tutti/contracts';

/** What a span is, after normalisation. */
export type NormalKind = (typeof SPAN_KINDS)[number];

/**
 * The normalisation table of the six dialects (standards.md 1.7) as data: for every field the attributes that
 * may hold it, the first present wins. `*.x` stands for x as an association property of Traceloop, as
 * metadata of LangSmith, and as a key of OpenInference's `metadata` JSON.
 */
export const NORMALISATION = {
  provider: [
    'gen_ai.provider.name',
    'gen_ai.system',
    'llm.provider',
    'llm.system',
    'ai.model.provider',
    '*.ls_provider',
  ],
  modelRequested: [
    'gen_ai.request.model',
    'llm.request.model_name',
    'llm.model_name',
    'ai.model.id',
    'llm.request.model',
    'embedding.model_name',
    'reranker.model_name',
    '*.ls_model_name',
  ],
  modelAnswered: ['gen_ai.response.model', 'llm.response.model_name', 'ai.response.model'],
  inputTokens: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'ai.usage.tokens',
    'llm.usage.prompt_tokens',
  ],
  outputTokens: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
    'llm.usage.completion_tokens',
  ],
  cacheReadTokens: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'llm.token_count.prompt_details.cache_read',
    'ai.usage.cachedInputTokens',
    'ai.usage.inputTokenDetails.cacheReadTokens',
  ],
  cacheWriteTokens: [
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'llm.token_count.prompt_details.cache_write',
    'ai.usage.inputTokenDetails.cacheWriteTokens',
  ],
  reasoningTokens: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'llm.token_count.completion_details.reasoning',
    'ai.usage.reasoningTokens',
  ],
  costUsd: [
    'gen_ai.usage.cost',
    'gen_ai.cost.total_cost',
    'litellm.cost.total',
    'llm.cost.total',
    'operation.cost',
  ],
  agentName: [
    'gen_ai.agent.name',
    'agent.name',
    'traceloop.entity.name',
    '*.lc_agent_name',
    'ai.telemetry.functionId',
  ],
  agentId: ['gen_ai.agent.id'],
  agentVersion: ['gen_ai.agent.version', 'traceloop.entity.version'],
  workflowName: ['gen_ai.workflow.name', 'traceloop.workflow.name', 'langsmith.trace.session_name'],
  step: ['graph.node.id', '*.langgraph_node', 'gen_ai.task.name'],
  toolName: ['gen_ai.tool.name', 'tool.name', 'ai.toolCall.name'],
  toolCallId: ['gen_ai.tool.call.id', 'ai.toolCall.id', 'tool.id'],
  mcpMethod: ['mcp.method.name'],
  serverAddress: ['server.address'],
  transport: ['network.transport'],
  conversationId: ['gen_ai.conversation.id', 'session.id', 'langsmith.trace.session_id', '*.thread_id'],
  userId: ['user.id', 'enduser.id', 'llm.user'],
  promptName: ['gen_ai.prompt.name', 'llm.prompt_template.template'],
  finishReasons: ['gen_ai.response.finish_reasons', 'llm.finish_reason', 'ai.response.finishReason'],
  responseId: ['gen_ai.response.id'],
  ttftS: ['gen_ai.response.time_to_first_chunk'],
  ttftMs: ['ai.response.msToFirstChunk'],
  errorType: ['error.type'],
  capability: ['tutti.capability'],
  costMicros: ['tutti.cost.micros'],
  costCurrency: ['tutti.cost.currency'],
  runId: ['tutti.run.id'],
  workspaceId: ['tutti.workspace.id'],
  // The signs of the kind, in the order of KIND_SIGNS.
  hubKind: ['tutti.span.kind'],
  operation: ['gen_ai.operation.name'],
  openInferenceKind: ['openinference.span.kind'],
  traceloopKind: ['traceloop.span.kind'],
  vercelOperation: ['ai.operationId'],
  langsmithKind: ['langsmith.span.kind'],
  requestType: ['llm.request.type'],
  httpMethod: ['http.request.method', 'http.method'],
} as const satisfies Record<string, readonly string[]>;
export type NormalField = keyof typeof NORMALISATION;

/** Where `*.x` is looked for, in this order. OpenInference's `metadata` is JSON and comes last. */
export const WILDCARD_PREFIXES = ['traceloop.association.properties.', 'langsmith.metadata.'] as const;

type KindMap = Readonly<Record<string, NormalKind>>;

/**
 * Signs of the kind, strongest first. A value that no map knows is passed over; with no known sign at all the
 * span is `other`.
 */
export const KIND_SIGNS: readonly (readonly [NormalField, KindMap])[] = [
  [
    'operation',
    {
      chat: 'llm',
      generate_content: 'llm',
      text_completion: 'llm',
      embeddings: 'embedding',
      retrieval: 'retrieval',
      create_memory_store: 'memory',
      search_memory: 'memory',
      create_memory: 'memory',
      update_memory: 'memory',
      upsert_memory: 'memory',
      delete_memory: 'memory',
      delete_memory_store: 'memory',
      create_agent: 'agent',
      invoke_agent: 'agent',
      invoke_workflow: 'workflow',
      plan: 'step',
      execute_tool: 'tool',
    },
  ],
  [
    'openInferenceKind',
    {
      llm: 'llm',
      chain: 'step',
      tool: 'tool',
      retriever: 'retrieval',
      reranker: 'retrieval',
      embedding: 'embedding',
      agent: 'agent',
      guardrail: 'guardrail',
      evaluator: 'other',
      prompt: 'other',
    },
  ],
  [
    'traceloopKind',
    {
      workflow: 'workflow',
      task: 'step',
      agent: 'agent',
      tool: 'tool',
      session: 'workflow',
      guardrail: 'guardrail',
    },
  ],
  [
    'vercelOperation',
    {
      'ai.toolcall': 'tool',
      'ai.generatetext': 'agent',
      'ai.streamtext': 'agent',
      'ai.generateobject': 'agent',
      'ai.streamobject': 'agent',
      'ai.generatetext.dogenerate': 'llm',
      'ai.streamtext.dostream': 'llm',
      'ai.generateobject.dogenerate': 'llm',
      'ai.streamobject.dostream': 'llm',
      'ai.embed': 'step',
      'ai.embedmany': 'step',
      'ai.embed.doembed': 'embedding',
      'ai.embedmany.doembed': 'embedding',
      'ai.rerank': 'step',
      'ai.rerank.dorerank': 'retrieval',
    },
  ],
  [
    'langsmithKind',
    {
      llm: 'llm',
      chain: 'step',
      tool: 'tool',
      retriever: 'retrieval',
      embedding: 'embedding',
      prompt: 'other',
      parser: 'other',
    },
  ],
  ['requestType', { chat: 'llm', completion: 'llm', embedding: 'embedding', rerank: 'retrieval' }],
];

/** Old and foreign spellings of providers (standards.md 1.4), after lower-casing. */
export const PROVIDER_ALIASES: Readonly<Record<string, string>> = {
  'az.ai.inference': 'azure.ai.inference',
  'az.ai.openai': 'azure.ai.openai',
  vertex_ai: 'gcp.vertex_ai',
  gemini: 'gcp.gemini',
  xai: 'x_ai',
  azure: 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  aws: 'aws.bedrock',
  bedrock: 'aws.bedrock',
  amazon_bedrock: 'aws.bedrock',
  'amazon-bedrock': 'aws.bedrock',
  google: 'gcp.gemini',
  google_genai: 'gcp.gemini',
  'google.generative-ai': 'gcp.gemini',
  google_vertexai: 'gcp.vertex_ai',
  'google.vertex': 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  mistral: 'mistral_ai',
  mistralai: 'mistral_ai',
  moonshot: 'moonshot_ai',
  watsonx: 'ibm.watsonx.ai',
};

/** Providers whose name has a dot: it must not be cut as the one of `openai.chat` is. */
export const DOTTED_PROVIDERS: ReadonlySet<string> = new Set([
  'aws.bedrock',
  'azure.ai.inference',
  'azure.ai.openai',
  'gcp.gemini',
  'gcp.gen_ai',
  'gcp.vertex_ai',
  'ibm.watsonx.ai',
]);

/** Frameworks that write their own name where the provider belongs. */
export const FRAMEWORKS: ReadonlySet<string> = new Set([
  'autogen',
  'langchain',
  'langgraph',
  'crewai',
  'llamaindex',
  'llama_index',
  'haystack',
]);
