import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type Caller,
  ConnectionsService,
  PoliciesService,
  ProblemError,
  RunIntake,
  WorkflowsService,
} from '@tutti/api';
import { ArtifactFiles, CallExecutor, ConnectionDirectory } from '@tutti/connector-host';
import { newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { DataSource } from 'typeorm';
import { parse } from 'yaml';
import { z } from 'zod';

/** Who the audit log says it was. */
const EXAMPLES: Caller = { workspaceId: 'default', subject: 'examples', kind: 'admin', tokenId: 'examples' };
const ORIGIN = 'first start';

const Connections = z.array(
  z.object({
    name: z.string(),
    plugin: z.string(),
    settings: z.record(z.string(), z.unknown()).default({}),
  }),
);
/** Calls that fill the sandboxes, in order; and the document with which the first run is started. */
const Seed = z.object({
  calls: z.array(
    z.object({
      connection: z.string(),
      capability: z.string(),
      idempotencyKey: z.string(),
      input: z.unknown(),
    }),
  ),
  firstRun: z
    .object({ workflow: z.string(), input: z.string(), document: z.string(), mediaType: z.string() })
    .optional(),
});
type Seed = z.infer<typeof Seed>;

export interface LoadOptions {
  app: NestFastifyApplication;
  /** The data folder; a file in it remembers what was loaded. */
  folder: string;
  /** The folder of the examples. */
  examples: string;
  progress: (step: string) => void;
}

/**
 * Loads the examples once per data folder: connections, policies, workflows, the sandboxes' data, and one run. Everything is applied under the same names
 * and keys again if a start was broken off in between, so nothing comes twice.
 */
export async function loadExamples(options: LoadOptions): Promise<void> {
  const marker = join(options.folder, 'examples-loaded');
  if (existsSync(marker) || !existsSync(options.examples)) return;
  if (await hasOwnWorkflows(options.app)) return;
  for (const name of readdirSync(options.examples)) {
    const folder = join(options.examples, name);
    if (!existsSync(join(folder, 'workflow.yaml'))) continue;
    options.progress(`loading the example ${name}`);
    try {
      await loadExample(options.app, folder);
    } catch (error) {
      // A broken example must not keep the hub from starting; it says so and is tried again at the next start.
      new Logger('Examples').error(`The example ${name} could not be loaded: ${(error as Error).message}`);
      return;
    }
  }
  writeFileSync(marker, `${new Date().toISOString()}\n`);
}

/** A folder that is in use already, and was started with --no-examples before, is left alone. */
async function hasOwnWorkflows(app: NestFastifyApplication): Promise<boolean> {
  const [row] = (await app
    .get(DataSource)
    .query(`SELECT EXISTS (SELECT 1 FROM workflow_versions WHERE created_by <> 'examples') AS own`)) as {
    own: boolean;
  }[];
  return row?.own === true;
}

async function loadExample(app: NestFastifyApplication, folder: string): Promise<void> {
  const by = { caller: EXAMPLES, origin: ORIGIN };
  const find = <T>(token: abstract new (...args: never[]) => T): T => app.get<T>(token, { strict: false });
  for (const connection of Connections.parse(parse(read(folder, 'connections.yaml')))) {
    await find(ConnectionsService).put({ ...by, ...connection, enabled: true });
  }
  await find(PoliciesService).apply({ ...by, text: read(folder, 'policy.yaml'), plan: false });
  await find(WorkflowsService).apply({ ...by, text: read(folder, 'workflow.yaml'), plan: false });
  if (!existsSync(join(folder, 'seed.json'))) return;
  const seed = Seed.parse(JSON.parse(read(folder, 'seed.json')));
  await fillSandboxes(app, seed);
  if (seed.firstRun) await startFirstRun(app, folder, seed.firstRun);
}

async function fillSandboxes(app: NestFastifyApplication, seed: Seed): Promise<void> {
  const executor = app.get(CallExecutor, { strict: false });
  app.get(ConnectionDirectory, { strict: false }).notify();
  const plugins = await pluginsOfConnections(app);
  for (const call of seed.calls) {
    const { outcome } = await executor.execute({
      kind: 'call.request',
      runId: uuidv7(),
      workspaceId: EXAMPLES.workspaceId,
      workflow: { namespace: 'examples', name: 'seed', version: '1', versionId: uuidv7() },
      callId: call.idempotencyKey,
      attempt: 1,
      task: '/seed',
      taskName: 'seed',
      target: {
        kind: 'capability',
        capability: call.capability,
        version: '1',
        connection: call.connection,
        plugin: plugins.get(call.connection) ?? '',
        pluginVersion: '',
      },
      input: call.input,
      effect: 'idempotent-write',
      idempotencyKey: call.idempotencyKey,
      timeoutMs: 30_000,
      redelivered: false,
      trace: { traceId: newTraceId(), spanId: newSpanId() },
    });
    if (outcome.status === 'failed')
      throw new Error(`${call.capability}: ${outcome.error.detail ?? outcome.error.title}`);
  }
}

async function pluginsOfConnections(app: NestFastifyApplication): Promise<Map<string, string>> {
  const rows = (await app
    .get(DataSource)
    .query('SELECT name, plugin FROM connections WHERE workspace_id = $1', [EXAMPLES.workspaceId])) as {
    name: string;
    plugin: string;
  }[];
  return new Map(rows.map(({ name, plugin }) => [name, plugin]));
}

async function startFirstRun(
  app: NestFastifyApplication,
  folder: string,
  first: NonNullable<Seed['firstRun']>,
): Promise<void> {
  const [namespace, name] = first.workflow.split('/') as [string, string];
  const files = new ArtifactFiles(app.get(DataSource), EXAMPLES.workspaceId);
  const bytes = readFileSync(join(folder, first.document));
  const document = await files.write(bytes, { mediaType: first.mediaType, name: basename(first.document) });
  const input = { [first.input]: document };
  const idempotencyKey = `first-start:${first.document}`;
  try {
    const run = {
      workspaceId: EXAMPLES.workspaceId,
      namespace,
      name,
      input,
      trigger: 'example',
      idempotencyKey,
    };
    await app.get(RunIntake, { strict: false }).start(run);
  } catch (error) {
    // A start that was broken off after this point began the run already, with another copy of the document.
    if (!(error instanceof ProblemError && error.code === 'idempotency-key-reused')) throw error;
  }
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}
