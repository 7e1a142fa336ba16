import { ARTIFACT_BYTES_MAX } from '@tutti/contracts';
import { OPERATOR_SWITCHES } from '@tutti/workflow';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;

/** Everything that can be set about the API; every limit has its name here. */
export const ApiConfig = z.object({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(4000),
  /** Where the dashboard is: sign-in links point there. */
  dashboardUrl: z.url().default('http://127.0.0.1:3000'),
  /**
   * Where people reach the hub, as the operator says it: authorities send them back there after a sign-in.
   * Absent: at the dashboard, unless they came another way.
   */
  publicUrl: z.url().optional(),
  jsonBytesMax: z.int().positive().default(MEBIBYTE),
  documentBytesMax: z.int().positive().default(MEBIBYTE),
  artifactBytesMax: z.int().positive().default(ARTIFACT_BYTES_MAX),
  /** Runs that wait for the next insert; above it starts are answered with 429. */
  acceptQueueMax: z.int().positive().default(5_000),
  /**
   * Runs of one workflow that this process sent and nobody began; above it further ones wait for their share.
   */
  unstartedRunsOfWorkflowMax: z.int().positive().default(1_000),
  /** Runs that wait for a place, of one workflow and of all; above it starts are answered with 429. */
  waitingRunsOfWorkflowMax: z.int().positive().default(10_000),
  waitingRunsMax: z.int().positive().default(100_000),
  /** Runs in one insert. */
  acceptBatchMax: z.int().positive().default(500),
  waitSecondsMax: z.int().positive().default(300),
  /**
   * How long a looked-up workflow is used before its current version is asked for again, for changes made
   * by another process.
   */
  workflowCacheMs: z.int().nonnegative().default(2_000),
  /** How long a looked-up token is trusted before it is looked up again. */
  tokenCacheMs: z.int().nonnegative().default(5_000),
  /** How long a function that was fetched for a document is used before it is fetched again. */
  functionCacheMs: z.int().nonnegative().default(30_000),
  /** How long the functions of one document may take to be fetched, all together. */
  functionsFetchMs: z.int().positive().default(20_000),
  sessionHours: z.number().positive().default(12),
  signInMinutes: z.number().positive().default(10),
  eventClientsMax: z.int().positive().default(500),
  /**
   * Changes kept for a client of /v1/events that reads too slowly; above it the client is told to read
   * everything again.
   */
  eventBufferMax: z.int().positive().default(1_000),
  eventFlushMs: z.int().positive().default(50),
  heartbeatMs: z.int().positive().default(15_000),
  /** The registry that plugins named by npm are fetched from, and the token for it. */
  pluginRegistry: z.url().default('https://registry.npmjs.org/'),
  pluginRegistryToken: z.string().min(1).optional(),
  /** Packages that may be installed: names, or `@scope/*`; `*`: all of them. */
  pluginsAllowed: z.array(z.string()).default(['*']),
  /** Whether a package without a right provenance attestation is refused. */
  pluginsRequireProvenance: z.boolean().default(false),
  /** Integrities of tarballs that are taken without an attestation all the same. */
  pluginsTrusted: z.array(z.string()).default([]),
  /** How long one package may take to be fetched. */
  pluginFetchMs: z.int().positive().default(120_000),
  /** Which workflows are tools of the MCP server: those that say so (`metadata.tutti.mcp`), or all. */
  mcpWorkflows: z.enum(['marked', 'all']).default('marked'),
  /** Hosts of web pages that may call the MCP endpoint, besides this machine's and the dashboard's. */
  mcpOrigins: z.array(z.string()).default([]),
  /** How long a call of a tool waits for its run; then the client is told how to ask for the result. */
  mcpWaitSecondsMax: z.int().positive().default(300),
  /** How long a call waits for its run before it becomes a task, where the client knows tasks. */
  mcpTaskAfterMs: z.int().nonnegative().default(1_000),
  /** Runs that calls of tools wait for at once, in this process. */
  mcpCallsMax: z.int().positive().default(500),
  mcpSessionsMax: z.int().positive().default(1_000),
  /** A session that was not used for so long makes room for others. */
  mcpSessionIdleSeconds: z.int().positive().default(3_600),
  /** How long the answer to a question of a run may take to come back to the same call. */
  mcpStateSeconds: z.int().positive().default(604_800),
  /** What the operator has not allowed to workflows, as far as this process knows. */
  switchedOff: z.array(z.enum(OPERATOR_SWITCHES)).default([]),
  /** Variables that settings of connections may name, and whether hosts read a Vault. */
  secretEnvAllowed: z.array(z.string()).default([]),
  hasVault: z.boolean().default(false),
});
export type ApiConfig = z.infer<typeof ApiConfig>;

/** Injection token of the parsed configuration. */
export const API_CONFIG = Symbol('API_CONFIG');
