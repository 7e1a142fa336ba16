/**
 * A Serverless Workflow 1.0.3 document after it passed the specification's own schema. Names are the
 * specification's.
 */
export interface WorkflowDocument {
  document: DocumentHead;
  input?: DataFlow<'from'>;
  use?: UseSection;
  do: TaskList;
  timeout?: TimeoutDefinition | string;
  output?: DataFlow<'as'>;
  schedule?: Record<string, unknown>;
}

/** The head of a document: its identity and what people read about it. */
export interface DocumentHead {
  dsl: string;
  namespace: string;
  name: string;
  version: string;
  title?: string;
  summary?: string;
  tags?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

/** A list of tasks; every item has exactly one key, the task's name. */
export type TaskList = Record<string, TaskDefinition>[];

/** A task as written; which kind it is shows in its keywords (`call`, `do`, `set`, ...). */
export interface TaskDefinition {
  if?: string;
  input?: DataFlow<'from'>;
  output?: DataFlow<'as'>;
  export?: DataFlow<'as'>;
  timeout?: TimeoutDefinition | string;
  then?: string;
  metadata?: Record<string, unknown>;
  [keyword: string]: unknown;
}

/** `input`, `output` or `export`: a schema and a transformation. */
export type DataFlow<K extends 'from' | 'as'> = { schema?: SchemaDefinition } & {
  [P in K]?: string | Record<string, unknown>;
};

/** An inline JSON Schema, or one that lives elsewhere. */
export interface SchemaDefinition {
  format?: string;
  document?: unknown;
  resource?: unknown;
}

export interface TimeoutDefinition {
  after: DurationDefinition;
}

/** ISO 8601 text, an expression that yields such text, or its parts. */
export type DurationDefinition =
  string | { days?: number; hours?: number; minutes?: number; seconds?: number; milliseconds?: number };

/** Reusable components by name. */
export interface UseSection {
  authentications?: Record<string, Record<string, unknown>>;
  errors?: Record<string, ErrorDefinition>;
  extensions?: Record<string, ExtensionDefinition>[];
  functions?: Record<string, TaskDefinition>;
  retries?: Record<string, RetryDefinition>;
  secrets?: string[];
  timeouts?: Record<string, TimeoutDefinition>;
  catalogs?: Record<string, unknown>;
}

/** Tasks around the tasks of a kind. */
export interface ExtensionDefinition {
  extend: string;
  when?: string;
  before?: TaskList;
  after?: TaskList;
}

export interface ErrorDefinition {
  type: string;
  status: number | string;
  instance?: string;
  title?: string;
  detail?: string;
}

export interface RetryDefinition {
  when?: string;
  exceptWhen?: string;
  delay?: DurationDefinition;
  backoff?: { constant?: object; exponential?: object; linear?: object };
  limit?: { attempt?: { count?: number; duration?: DurationDefinition }; duration?: DurationDefinition };
  jitter?: { from: DurationDefinition; to: DurationDefinition };
}
