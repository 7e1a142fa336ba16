import type { CallAuthentication } from './call-authentication.js';

/** A document that describes an interface, with what its fetch is authorized by. */
export interface DocumentSource {
  uri: string;
  authorization?: string | CallAuthentication;
}

/** `call: mcp` after its expressions were evaluated: one of `uri` and `process` is there. */
export interface McpCall {
  /** `tools/call` and the like. */
  method: string;
  parameters?: Record<string, unknown>;
  /** The revision that is asked for, such as `2025-06-18`. */
  protocolVersion: string;
  /** How the hub names itself to the server. */
  client?: { name: string; version: string };
  /** Where a server of Streamable HTTP is. */
  uri?: string;
  headers?: Record<string, string>;
  authorization?: string | CallAuthentication;
  /** A server that is started for the call and talks over its standard input and output. */
  process?: { command: string; arguments: string[]; environment: Record<string, string> };
}

/** `call: grpc` after its expressions were evaluated. */
export interface GrpcCall {
  /** The `.proto` file. */
  document: DocumentSource;
  /** With its package: `shop.v1.Orders`. */
  service: string;
  host: string;
  port?: number;
  /** Whether the connection is secured; when it is not given, the port decides. */
  tls?: boolean;
  method: string;
  /** True: the workflow names the effect itself, so the document does not decide it. */
  effectGiven?: boolean;
  arguments: Record<string, unknown>;
  authorization?: string | CallAuthentication;
}

/** `call: a2a` after its expressions were evaluated: one of `document` and `uri` is there. */
export interface A2aCall {
  /** As A2A 0.3 names it: `message/send` and the like. */
  method: string;
  parameters?: Record<string, unknown>;
  /** The agent card. */
  document?: DocumentSource;
  /** Where the agent is. */
  uri?: string;
  authorization?: string | CallAuthentication;
}

/** `call: asyncapi` after its expressions were evaluated: one of `message` and `subscription` is there. */
export interface AsyncApiCall {
  document: DocumentSource;
  /** Where AsyncAPI 2 has what is called. */
  channel?: string;
  /** What AsyncAPI 3 calls it. */
  operation?: string;
  server?: { name: string; variables?: Record<string, string> };
  /** That of the server, when no server is named. */
  protocol?: string;
  message?: { payload?: unknown; headers?: Record<string, string> };
  subscription?: AsyncApiSubscription;
  authorization?: string | CallAuthentication;
}

/** Which messages are collected, and until when: one of `amount`, `while` and `until` is there. */
export interface AsyncApiSubscription {
  /** In jq, of a message: whether it counts. */
  filter?: string;
  amount?: number;
  /** In jq, of the list of messages so far: whether there is more to come. */
  while?: string;
  /** In jq, of the list of messages so far: whether that is all. */
  until?: string;
  /** How long messages are waited for; what has come by then is the result. */
  forMs?: number;
  /** Values of the variables that the expressions read. */
  variables: Record<string, unknown>;
}
