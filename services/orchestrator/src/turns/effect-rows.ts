import type { RunEffect } from '@tutti/engine';
import type { ReceiptRow, ReviewRow } from '@tutti/store';
import type { LiveRun } from './live-run.js';
import { randomToken } from './review-token.js';

/** A review as it is stored. */
export function reviewRow(
  run: LiveRun,
  effect: Extract<RunEffect, { kind: 'review.open' }>,
  nowMs: number,
): ReviewRow {
  const text = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value));
  // The form of a capability is looked up where it is shown, because it belongs to the plugin's version of
  // that moment.
  const form =
    effect.form ?? (effect.formCapability === undefined ? undefined : { $capability: effect.formCapability });
  return {
    id: effect.reviewId,
    workspaceId: run.workspaceId,
    runId: run.id,
    workflowId: run.workflowId,
    task: effect.task,
    position: effect.position,
    title: effect.title,
    because: effect.because,
    token: randomToken(),
    form: text(form),
    data: text(effect.data),
    context: text(effect.context),
    document: text(effect.document),
    dueAtMs: effect.dueAt ?? null,
    openedAtMs: nowMs,
  };
}

/** A receipt as it is stored. */
export function receiptRow(run: LiveRun, effect: Extract<RunEffect, { kind: 'receipt' }>): ReceiptRow {
  return {
    runId: run.id,
    position: effect.position,
    attempt: effect.attempt,
    workspaceId: run.workspaceId,
    connection: effect.connection ?? null,
    idempotencyKey: effect.idempotencyKey,
    status: effect.status,
    answer: effect.answer === undefined ? null : JSON.stringify(effect.answer),
  };
}
