import type { Effect, ProcessKind, ProtocolKind } from '@tutti/contracts';
import type { TaskDefinition, WorkflowDocument } from './document.types.js';

/** Hands out the value of a variable (name without `$`) while an expression is evaluated. */
export interface VariableSource {
  variable(name: string): unknown;
}

/** An expression that was parsed once. */
export interface CompiledExpression {
  readonly source: string;
  /** Names of the variables that it reads, without `$`; only these are asked for. */
  readonly variables: readonly string[];
  /** First output, null when there is none. Throws JqRuntimeError or JqLimitError. */
  evaluate(input: unknown, variables: VariableSource): unknown;
  /** Whether the first output is neither false nor null. */
  test(input: unknown, variables: VariableSource): boolean;
}

/**
 * A JSON value with expressions inside. Without any it is a constant, which is handed out as it is: never
 * change it.
 */
export interface CompiledTemplate {
  readonly constant: boolean;
  evaluate(input: unknown, variables: VariableSource): unknown;
}

/** One place where a value breaks a schema. */
export interface SchemaViolation {
  pointer: string;
  detail: string;
}
/** A compiled JSON Schema; null when the value is valid. */
export type SchemaCheck = (value: unknown) => SchemaViolation[] | null;

/** Milliseconds, or a template that yields a duration (ISO 8601 text or parts). */
export interface CompiledDuration {
  evaluateMs(input: unknown, variables: VariableSource): number;
}

/** `input`, `output` or `export` of a task or of the workflow. */
export interface CompiledFlow {
  readonly check?: SchemaCheck;
  readonly transform?: CompiledTemplate;
}

/** Where the flow goes after a task: a directive, or the index of a task in the same list. */
export type CompiledThen = 'continue' | 'exit' | 'end' | number;

/** A list of tasks, in order. */
export interface CompiledList {
  readonly pointer: string;
  readonly tasks: readonly CompiledTask[];
}

interface TaskBase {
  /** JSON pointer of the task in the document, and its last token. */
  readonly pointer: string;
  readonly name: string;
  /** Place in its list. */
  readonly index: number;
  readonly definition: TaskDefinition;
  readonly if?: CompiledExpression;
  readonly input: CompiledFlow;
  readonly output: CompiledFlow;
  readonly export: CompiledFlow;
  readonly timeout?: CompiledDuration;
  readonly then: CompiledThen;
}

export interface SetTask extends TaskBase {
  readonly type: 'set';
  readonly value: CompiledTemplate;
}
export interface DoTask extends TaskBase {
  readonly type: 'do';
  readonly list: CompiledList;
}
export interface SwitchTask extends TaskBase {
  readonly type: 'switch';
  /** In order; `otherwise` is the case without a condition. */
  readonly cases: readonly { name: string; when: CompiledExpression; then: CompiledThen }[];
  readonly otherwise?: { name: string; then: CompiledThen };
}
export interface WaitTask extends TaskBase {
  readonly type: 'wait';
  readonly duration: CompiledDuration;
}
export interface RaiseTask extends TaskBase {
  readonly type: 'raise';
  readonly error: CompiledTemplate;
}
export interface EmitTask extends TaskBase {
  readonly type: 'emit';
  readonly event: CompiledTemplate;
  /**
   * `metadata.tutti.emit.topic`: the topic on the hub's Kafka that the event goes to, in the place of the
   * usual one.
   */
  readonly topic?: string;
}
/** A condition on one attribute of an event, or on its data. */
export interface EventCondition {
  readonly name: string;
  /** The value that was written, with expressions in it evaluated on the attribute's own value. */
  readonly wanted: CompiledTemplate;
  /** Of a text with signs of a regular expression: whether the whole of another text matches it. */
  readonly pattern?: CompiledExpression;
}

/** A value that ties events together. */
export interface EventCorrelation {
  readonly key: string;
  /** Reads the value from the event, attributes and data. */
  readonly from: CompiledExpression;
  /** Absent: the first event sets what is expected. */
  readonly expect?: CompiledTemplate;
}

/** Which events are wanted: all conditions hold, and all correlations. */
export interface EventFilter {
  /** The one type that can match; absent: the type alone excludes nothing. */
  readonly eventType?: string;
  readonly conditions: readonly EventCondition[];
  readonly correlations: readonly EventCorrelation[];
}

/** Which events meet a `listen` or a `schedule.on`. */
export interface EventStrategy {
  readonly mode: 'all' | 'any' | 'one';
  readonly filters: readonly EventFilter[];
  /** Of `any`: whether the events so far, as an array, are enough. */
  readonly untilCondition?: CompiledExpression;
  /** Of `any`: the events that end it. */
  readonly untilEvents?: EventStrategy;
}

/** `foreach` of a `listen`: what is done with each event. */
export interface EventIterator {
  readonly item: string;
  readonly at: string;
  readonly list?: CompiledList;
  readonly output?: CompiledFlow;
  readonly export?: CompiledFlow;
}
/** `listen`: waits for events. */
export interface ListenTask extends TaskBase {
  readonly type: 'listen';
  readonly strategy: EventStrategy;
  /** Types of all events that can matter, sorted; absent: any. */
  readonly eventTypes?: readonly string[];
  readonly read: 'data' | 'envelope' | 'raw';
  /** False when the events are never handed on, because it never ends. */
  readonly keeps: boolean;
  readonly foreach?: EventIterator;
  /** It listens to nothing: the items of its input, an array, are worked on one after the other. */
  readonly given?: true;
}
export interface ForTask extends TaskBase {
  readonly type: 'for';
  readonly each: string;
  readonly at: string;
  readonly in: CompiledExpression;
  readonly while?: CompiledExpression;
  readonly list: CompiledList;
}
export interface ForkTask extends TaskBase {
  readonly type: 'fork';
  readonly compete: boolean;
  readonly list: CompiledList;
}
export interface TryTask extends TaskBase {
  readonly type: 'try';
  readonly list: CompiledList;
  readonly catch: {
    /** Every property that is given must equal the error's. */
    readonly errors?: CompiledTemplate;
    readonly as: string;
    readonly when?: CompiledExpression;
    readonly exceptWhen?: CompiledExpression;
    readonly retry?: CompiledRetry;
    readonly list?: CompiledList;
  };
}
export interface CompiledRetry {
  readonly when?: CompiledExpression;
  readonly exceptWhen?: CompiledExpression;
  readonly delay?: CompiledDuration;
  readonly backoff: 'constant' | 'linear' | 'exponential';
  readonly attempts?: number;
  readonly within?: CompiledDuration;
  readonly jitter?: { readonly from: CompiledDuration; readonly to: CompiledDuration };
}
/** `call: name:version@default`: a capability of a connection. */
export interface CapabilityTask extends TaskBase {
  readonly type: 'call';
  readonly target: { readonly kind: 'capability'; readonly capability: string; readonly version: string };
  readonly with: CompiledTemplate;
}
/** `call: http`. */
export interface HttpTask extends TaskBase {
  readonly type: 'call';
  readonly target: { readonly kind: 'http' };
  readonly request: CompiledHttp;
}
export interface CompiledHttp {
  readonly method: string;
  readonly effect: Effect;
  readonly endpoint: CompiledTemplate;
  readonly headers?: CompiledTemplate;
  readonly query?: CompiledTemplate;
  readonly body?: CompiledTemplate;
  /** Yields the value of the `authorization` header, or the CallAuthentication that it is made from. */
  readonly authorization?: CompiledTemplate;
  readonly output: 'content' | 'response' | 'raw';
  readonly redirect: boolean;
}
/** `call: openapi`: an operation of a document that is read when the call is performed. */
export interface OpenApiTask extends TaskBase {
  readonly type: 'call';
  readonly target: { readonly kind: 'openapi' };
  readonly operation: CompiledOpenApi;
}
export interface CompiledOpenApi {
  /** `authorization` is that with which the document is fetched. */
  readonly document: { readonly uri: CompiledTemplate; readonly authorization?: CompiledTemplate };
  readonly operationId: CompiledTemplate;
  readonly parameters: CompiledTemplate;
  /** That of the operation's request, as in CompiledHttp. */
  readonly authorization?: CompiledTemplate;
  /** When the task names it; else the operation's method decides. */
  readonly effect?: Effect;
  readonly output: 'content' | 'response' | 'raw';
  readonly redirect: boolean;
}
/** `call: mcp`, `grpc`, `a2a`: a server of another protocol. */
export interface ProtocolTask extends TaskBase {
  readonly type: 'call';
  readonly target: { readonly kind: ProtocolKind };
  readonly protocol: CompiledProtocol;
}
export interface CompiledProtocol {
  /** Yields the protocol's own call: McpCall, GrpcCall and so on. */
  readonly call: CompiledTemplate;
  readonly effect: Effect;
  /** How long one attempt may take; else as long as one of `call: http`. */
  readonly timeout?: CompiledDuration;
}
/** `run: script`, `shell` or `container`: a call that starts something where the connector host is. */
export interface ProcessTask extends TaskBase {
  readonly type: 'call';
  readonly target: { readonly kind: ProcessKind };
  readonly process: CompiledProcess;
}
export interface CompiledProcess {
  /** Yields the ScriptCall, ShellCall or ContainerCall. */
  readonly call: CompiledTemplate;
  readonly effect: Effect;
}
/** `call: human.review:1@default`: a decision asked of a person. */
export interface ReviewTask extends TaskBase {
  readonly type: 'review';
  readonly with: CompiledTemplate;
}
/** A call of a function under `use.functions`; `task` has the pointer `/use/functions/<name>`. */
export interface FunctionTask extends TaskBase {
  readonly type: 'function';
  readonly with?: CompiledTemplate;
  readonly task: CompiledTask;
}
/** `run: workflow`: a run of another workflow. */
export interface WorkflowTask extends TaskBase {
  readonly type: 'workflow';
  /** `version` is `latest` for the current one. */
  readonly target: { readonly namespace: string; readonly name: string; readonly version: string };
  /** Its input; absent: the task's own. */
  readonly with?: CompiledTemplate;
  /** Whether the task waits for the end of the run. */
  readonly awaits: boolean;
  /** What becomes of the run when what started it is given up. */
  readonly cascade: 'cancel' | 'leave';
  /** `return: none`: the task has no output. */
  readonly silent: boolean;
}

/** One of `use.extensions`, compiled once for all tasks that it extends. */
export interface CompiledExtension {
  readonly name: string;
  /** `/use/extensions/<index>/<name>`. */
  readonly pointer: string;
  readonly extend: string;
  /** Sees the task that is extended, on its raw input. */
  readonly when?: CompiledExpression;
  readonly before?: CompiledList;
  readonly after?: CompiledList;
}
/**
 * An extension around a task: `task` is the one that it extends, or another extension of it. Its pointer is
 * that of the task with the extension's behind it, its place in the list and its `then` are the task's.
 */
export interface ExtensionTask extends TaskBase {
  readonly type: 'extension';
  readonly extension: CompiledExtension;
  /** The task that is extended in the end. */
  readonly of: { readonly pointer: string; readonly name: string; readonly type: string };
  readonly task: CompiledTask;
}

export type CompiledTask =
  | SetTask
  | DoTask
  | SwitchTask
  | WaitTask
  | RaiseTask
  | EmitTask
  | ListenTask
  | ForTask
  | ForkTask
  | TryTask
  | CapabilityTask
  | HttpTask
  | OpenApiTask
  | ProtocolTask
  | ProcessTask
  | ReviewTask
  | WorkflowTask
  | FunctionTask
  | ExtensionTask;
export type TaskType = CompiledTask['type'];

/**
 * A document that is ready to run: everything parsed once, tasks by JSON pointer. Immutable, shared by all
 * its runs.
 */
export interface CompiledWorkflow {
  readonly document: WorkflowDocument;
  readonly contentHash: string;
  readonly hints: WorkflowHints;
  /** The top list as a task with the pointer ``. */
  readonly root: DoTask;
  readonly tasks: ReadonlyMap<string, CompiledTask>;
  readonly input: CompiledFlow;
  readonly output: CompiledFlow;
  readonly timeout?: CompiledDuration;
  /** `use.secrets`. */
  readonly secrets: readonly CompiledSecret[];
  /** Names of the capabilities that it calls, sorted (`human.review` is not among them). */
  readonly capabilities: readonly string[];
  /** Whether any of its tasks waits for events. */
  readonly listens: boolean;
}

/** A secret that the document declares. */
export interface CompiledSecret {
  readonly name: string;
  /** The parts that its expressions read (`$secrets.NAME.FIELD`); none: the secret is one text. */
  readonly fields: readonly string[];
}

/** `metadata.tutti` of a document: hints for the hub that change nothing in the language. */
export interface WorkflowHints {
  title: string | null;
  summary: string | null;
  /** The process before the hub, which the dashboard compares with. */
  baseline: {
    cycleTimeMs: number | null;
    costMicros: number | null;
    currency: string | null;
    note: string | null;
  } | null;
  /** Runs that may be under way at once; null: any number. */
  concurrency: number | null;
  /** The workflow's share of what comes free when runs of several workflows wait. */
  weight: number;
}
