import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import {
  type Caller,
  ConnectionsService,
  PoliciesService,
  ProblemError,
  RunIntake,
  WorkflowsService,
} from '@tutti/api';
import { ArtifactFiles } from '@tutti/connector-host';
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
/** The example's documents with what is expected of them; the first start runs the first one. */
const Expected = z.object({
  workflow: z.string(),
  documents: z.array(z.object({ file: z.string(), mediaType: z.string() })).min(1),
});

/** How long the run that fills the sandboxes may take, on a slow machine too. */
const SEED_WAIT_SECONDS = 60;

/** Remembers that the examples were loaded. */
export interface LoadedMark {
  isSet(): boolean | Promise<boolean>;
  set(): void | Promise<void>;
}

export interface LoadOptions {
  app: INestApplicationContext;
  mark: LoadedMark;
  /** The folder of the examples. */
  examples: string;
  progress: (step: string) => void;
}

/**
 * Loads the examples once: connections, policies, workflows, the sandboxes' data, and one run. Everything is
 * applied under the same names and keys again if a start was broken off in between, so nothing comes twice.
 * Answers the reason when it has to be tried again.
 */
export async function loadExamples(options: LoadOptions): Promise<string | null> {
  if (!existsSync(options.examples) || (await options.mark.isSet())) return null;
  if (await hasOwnWorkflows(options.app)) return null;
  for (const name of readdirSync(options.examples)) {
    const folder = join(options.examples, name);
    if (!existsSync(join(folder, 'workflow.yaml'))) continue;
    options.progress(`loading the example ${name}`);
    try {
      await loadExample(options.app, folder);
    } catch (error) {
      // A broken example must not keep the hub from starting.
      return `The example ${name} could not be loaded: ${(error as Error).message}`;
    }
  }
  await options.mark.set();
  return null;
}

/** A file of the data folder that remembers it. */
export function markIn(folder: string): LoadedMark {
  const file = join(folder, 'examples-loaded');
  return {
    isSet: () => existsSync(file),
    set: () => writeFileSync(file, `${new Date().toISOString()}\n`),
  };
}

/** A folder that is in use already, and was started with --no-examples before, is left alone. */
async function hasOwnWorkflows(app: INestApplicationContext): Promise<boolean> {
  const [row] = (await app
    .get(DataSource)
    .query(`SELECT EXISTS (SELECT 1 FROM workflow_versions WHERE created_by <> 'examples') AS own`)) as {
    own: boolean;
  }[];
  return row?.own === true;
}

async function loadExample(app: INestApplicationContext, folder: string): Promise<void> {
  const by = { caller: EXAMPLES, origin: ORIGIN };
  const find = <T>(token: abstract new (...args: never[]) => T): T => app.get<T>(token, { strict: false });
  for (const connection of Connections.parse(parse(read(folder, 'connections.yaml')))) {
    await find(ConnectionsService).put({ ...by, ...connection, enabled: true });
  }
  await find(PoliciesService).apply({ ...by, text: read(folder, 'policy.yaml'), plan: false });
  for (const file of readdirSync(folder).filter((name) => /(^|\.)workflow\.(yaml|json)$/.test(name))) {
    await find(WorkflowsService).apply({ ...by, text: read(folder, file), plan: false });
  }
  await runSeed(app, folder);
  await startFirstRun(app, folder);
}

/**
 * Fills the sandboxes by a run of the seed workflow. Its key lets a later start find that run again; a second
 * one would meet the data of the first and fault.
 */
async function runSeed(app: INestApplicationContext, folder: string): Promise<void> {
  const file = join(folder, 'seed.workflow.json');
  if (!existsSync(file)) return;
  const { document } = JSON.parse(readFileSync(file, 'utf8')) as {
    document: { namespace: string; name: string };
  };
  const { namespace, name } = document;
  const { body } = await app.get(RunIntake, { strict: false }).start({
    workspaceId: EXAMPLES.workspaceId,
    namespace,
    name,
    input: {},
    trigger: 'example',
    idempotencyKey: 'first-start',
    waitSeconds: SEED_WAIT_SECONDS,
  });
  if (body.status === 'completed') return;
  throw new Error(
    `its data could not be loaded: ${body.error?.detail ?? `the run ${body.id} is ${body.status}`}`,
  );
}

async function startFirstRun(app: INestApplicationContext, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'expected.json'))) return;
  const expected = Expected.parse(JSON.parse(read(folder, 'expected.json')));
  const [namespace, name] = expected.workflow.split('/') as [string, string];
  const { file, mediaType } = expected.documents[0] as (typeof expected.documents)[number];
  const files = new ArtifactFiles(app.get(DataSource), EXAMPLES.workspaceId);
  const document = await files.write(readFileSync(join(folder, 'documents', file)), {
    mediaType,
    name: file,
  });
  const idempotencyKey = `first-start:${file}`;
  try {
    const run = {
      workspaceId: EXAMPLES.workspaceId,
      namespace,
      name,
      input: { document },
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
