// Types of answers for which the contracts export only the schema.
import type * as contracts from '@tutti/contracts';

type Of<T extends { _output: unknown }> = T['_output'];
export type MetricSeries = Of<typeof contracts.MetricSeries>;
export type Trace = Of<typeof contracts.Trace>;
export type TraceSummary = Of<typeof contracts.TraceSummary>;
export type JournalItem = Of<typeof contracts.JournalItem>;
export type WorkflowVersionSummary = Of<typeof contracts.WorkflowVersionSummary>;
export type ConnectionTest = Of<typeof contracts.ConnectionTest>;
export type CapabilityItem = Of<typeof contracts.CapabilityItem>;
export type Me = Of<typeof contracts.Me>;
