import { z } from 'zod';
import { Finding, Instant, pageOf } from './common.api.js';

/**
 * Answer to PUT /v1/workflows, PUT /v1/policies and PUT /v1/triggers. With `?plan=true` nothing was changed.
 */
export const Applied = z
  .object({
    kind: z.enum(['Workflow', 'RoutingPolicy', 'Trigger']),
    namespace: z.string().optional(),
    name: z.string(),
    version: z.string(),
    contentHash: z.string(),
    change: z.enum(['created', 'updated', 'unchanged']),
    findings: z.array(Finding),
  })
  .meta({ id: 'Applied' });
export type Applied = z.infer<typeof Applied>;

export const WorkflowSummary = z
  .object({
    namespace: z.string(),
    name: z.string(),
    version: z.string(),
    title: z.string().nullable(),
    summary: z.string().nullable(),
    enabled: z.boolean(),
    disabled: z
      .object({ reason: z.string().nullable(), by: z.string().nullable(), at: Instant.nullable() })
      .nullable()
      .describe('why, by whom and since when it starts no runs; null when it is enabled'),
    updatedAt: Instant,
    /** Over the last 24 hours. */
    recent: z.object({
      runs: z.int(),
      completed: z.int(),
      faulted: z.int(),
      active: z.int(),
      p50Ms: z.number().nullable(),
      costMicros: z.int(),
    }),
  })
  .meta({ id: 'WorkflowSummary' });
export type WorkflowSummary = z.infer<typeof WorkflowSummary>;
export const WorkflowPage = pageOf(WorkflowSummary).meta({ id: 'WorkflowPage' });

export const WorkflowVersionSummary = z
  .object({
    id: z.uuid(),
    number: z.int().describe('1 for the first one of its workflow'),
    version: z.string(),
    note: z.string().nullable().describe('what was said when it was applied'),
    contentHash: z.string(),
    createdAt: Instant,
    createdBy: z.string(),
    current: z.boolean(),
  })
  .meta({ id: 'WorkflowVersionSummary' });

export const WorkflowVersion = WorkflowVersionSummary.extend({
  runsUnderWay: z.int().describe('runs of this version that have not ended'),
  canaryPercent: z
    .int()
    .nullable()
    .describe('the share of new runs that it takes beside the current version; null: it is no canary'),
}).meta({ id: 'WorkflowVersion' });
export type WorkflowVersion = z.infer<typeof WorkflowVersion>;
export const WorkflowVersionPage = pageOf(WorkflowVersion).meta({ id: 'WorkflowVersionPage' });

/**
 * Answer to a publish; `canary`: it takes a share of the new runs; `unchanged`: it was so already. The
 * findings are those that lint has of the version now.
 */
export const WorkflowPublished = z
  .object({
    change: z.enum(['published', 'canary', 'unchanged']),
    version: WorkflowVersion,
    findings: z.array(Finding),
  })
  .meta({ id: 'WorkflowPublished' });
export type WorkflowPublished = z.infer<typeof WorkflowPublished>;

/**
 * Answer to POST /v1/workflows/preview: what an apply would change against the current version, and what it
 * would break. Nothing was changed.
 */
export const WorkflowPreview = z
  .object({
    namespace: z.string(),
    name: z.string(),
    version: z.string(),
    contentHash: z.string(),
    change: z.enum(['created', 'updated', 'unchanged']),
    findings: z.array(Finding),
    current: WorkflowVersion.nullable().describe('the current version; its runs under way stay on it'),
    known: z.int().nullable().describe('the number of the older version that has this content, if one has'),
    enabled: z.boolean(),
    tasks: z.array(
      z.object({
        change: z.enum(['added', 'removed', 'changed', 'moved']),
        pointer: z
          .string()
          .describe('JSON pointer in the new document; of a removed task in the current one'),
        name: z.string(),
        keywords: z.array(z.string()).describe('keywords of the task that differ'),
      }),
    ),
    sections: z.array(z.object({ change: z.enum(['added', 'removed', 'changed']), pointer: z.string() })),
    input: z
      .array(
        z.object({
          pointer: z.string().describe('JSON pointer of the value; * stands for any item or property'),
          detail: z.string(),
          certain: z.boolean().describe('false: it may refuse more, which is not known'),
        }),
      )
      .describe('what the new input schema refuses and the current one does not'),
    capabilities: z.object({
      added: z.array(
        z.object({ name: z.string(), offered: z.boolean().describe('by an enabled connection') }),
      ),
      removed: z.array(z.string()),
    }),
    triggers: z
      .array(z.object({ name: z.string(), kind: z.enum(['kafka', 'cloudevents']), enabled: z.boolean() }))
      .describe('triggers that start runs of this workflow'),
    breaks: z
      .array(
        z.object({ code: z.enum(['input-stricter', 'capability-missing', 'disabled']), message: z.string() }),
      )
      .describe('what would not work any more, in sentences'),
  })
  .meta({ id: 'WorkflowPreview' });
export type WorkflowPreview = z.infer<typeof WorkflowPreview>;

export const PublishRequest = z.object({
  note: z.string().max(500).optional(),
  percent: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('under 100: takes this share of the new runs beside the current version'),
  force: z.boolean().optional().describe('although lint finds errors in it now'),
  dryRun: z.boolean().optional().describe('say what lint finds, and change nothing'),
});

/** How the runs of a version did since the canary began; of at most 10,000, without retries and schedules. */
export const VersionFigures = z
  .object({
    version: WorkflowVersion,
    runs: z.int(),
    ended: z.int(),
    faulted: z.int(),
    faultedShare: z.number().nullable().describe('of those that ended, 0 to 1; null when none has'),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    costMicros: z.int().describe('of all together'),
    currency: z.string().nullable(),
  })
  .meta({ id: 'VersionFigures' });
export type VersionFigures = z.infer<typeof VersionFigures>;
export const WorkflowCanary = z
  .object({
    percent: z.int(),
    since: Instant,
    by: z.string(),
    current: VersionFigures,
    canary: VersionFigures,
  })
  .meta({ id: 'WorkflowCanary' });
export type WorkflowCanary = z.infer<typeof WorkflowCanary>;
export const WorkflowCanaryAnswer = z
  .object({ canary: WorkflowCanary.nullable() })
  .meta({ id: 'WorkflowCanaryAnswer' });
export type WorkflowCanaryAnswer = z.infer<typeof WorkflowCanaryAnswer>;
export const DisableRequest = z.object({ reason: z.string().min(1).max(500) });

/** An installed plugin that a workflow version was applied with. */
export const WorkflowPlugin = z
  .object({
    name: z.string(),
    version: z.string(),
    problem: z.string().nullable().describe('why calls of it fail; null: they do not'),
  })
  .meta({ id: 'WorkflowPlugin' });
export type WorkflowPlugin = z.infer<typeof WorkflowPlugin>;

/** Something that keeps calls of a workflow from working, as the hub is now. */
export const WorkflowProblem = z
  .object({
    kind: z.enum(['plugin', 'capability', 'connection']),
    name: z.string().describe('of the plugin, capability or connection, on whose page it is mended'),
    detail: z.string(),
  })
  .meta({ id: 'WorkflowProblem' });
export type WorkflowProblem = z.infer<typeof WorkflowProblem>;

export const WorkflowDetail = WorkflowSummary.extend({
  source: z.string().describe('the document as it was applied'),
  definition: z.unknown().describe('the document as JSON'),
  inputSchema: z.unknown(),
  baseline: z
    .object({
      cycleTimeMs: z.number().nullable(),
      costMicros: z.int().nullable(),
      currency: z.string().nullable(),
      note: z.string().nullable(),
    })
    .nullable()
    .describe('metadata.tutti.baseline: the process before the hub'),
  versions: z.array(WorkflowVersionSummary),
  plugins: z
    .array(WorkflowPlugin)
    .describe(
      'the installed plugins that this version was applied with, and others that it needs and that do not work',
    ),
  problems: z.array(WorkflowProblem),
}).meta({ id: 'WorkflowDetail' });
export type WorkflowDetail = z.infer<typeof WorkflowDetail>;

export const MetricPoint = z
  .object({
    at: Instant,
    runs: z.int(),
    completed: z.int(),
    faulted: z.int(),
    cancelled: z.int(),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    costMicros: z.int(),
  })
  .meta({ id: 'MetricPoint' });
export type MetricPoint = z.infer<typeof MetricPoint>;
export const MetricSeries = z
  .object({ from: Instant, to: Instant, stepSeconds: z.int(), points: z.array(MetricPoint) })
  .meta({ id: 'MetricSeries' });
