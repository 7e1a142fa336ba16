import { z } from 'zod';
import { Instant } from './common.api.js';
import { RunStatusSchema } from './runs.api.js';
import { WorkflowVersion } from './workflows.api.js';

/** Runs that one request looks at. */
const MIGRATE_RUNS_MAX = 500;
/** Runs that are counted at most. */
export const MIGRATE_COUNT_MAX = 10_000;

export const MigrateRequest = z.object({
  to: z.string().describe('the version to go on with: its number, or the beginning of its content hash'),
  from: z.string().optional().describe('only runs of this version; absent: of all others'),
  runs: z.array(z.uuid()).max(MIGRATE_RUNS_MAX).optional().describe('only these runs'),
  startedFrom: z.string().optional().describe('started at or after, ISO 8601'),
  startedTo: z.string().optional().describe('started before, ISO 8601'),
  q: z.string().max(200).optional().describe('run id (or its start), or text in input, output or error'),
  cursor: z.string().optional(),
  limit: z.int().min(1).max(MIGRATE_RUNS_MAX).default(200),
  dryRun: z.boolean().default(false),
});

/** A run under way, and whether it can go on with the other version. */
export const MigratableRun = z
  .object({
    id: z.uuid(),
    number: z.int().describe('the number of the version that it is on'),
    status: RunStatusSchema,
    startedAt: Instant,
    active: z.array(z.string()).describe('positions of the tasks that it waits at, innermost ones'),
    can: z.boolean(),
    reasons: z.array(z.string()).describe('why not; empty when it can'),
  })
  .meta({ id: 'MigratableRun' });
export type MigratableRun = z.infer<typeof MigratableRun>;

/**
 * Answer to POST /v1/workflows/{namespace}/{name}/migrate: the runs of one page. Those that can are asked to
 * migrate, unless it is a dry run; each is checked again when it does.
 */
export const RunMigrations = z
  .object({
    dryRun: z.boolean(),
    to: WorkflowVersion,
    matched: z.int().describe('runs under way that the filter finds, at most 10,000 are counted'),
    can: z.int().describe('of this page'),
    cannot: z.int(),
    asked: z.int().describe('runs that were asked to migrate'),
    items: z.array(MigratableRun).describe('newest first'),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'RunMigrations' });
export type RunMigrations = z.infer<typeof RunMigrations>;
