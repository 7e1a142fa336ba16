import type { DeskTicketPriority, DeskTicketStatus } from '@tutti/contracts';

/** Statuses of RT's default lifecycle; the first of each is the one that is set. */
export const RT_STATUS: Record<DeskTicketStatus, readonly [string, ...string[]]> = {
  new: ['new'],
  open: ['open'],
  pending: ['stalled'],
  solved: ['resolved'],
  closed: ['rejected', 'deleted'],
};

/** What RT calls by another name is `open`: lifecycles may have statuses of their own. */
export function statusOf(name: string): DeskTicketStatus {
  const found = Object.entries(RT_STATUS).find(([, names]) => names.includes(name));
  return (found?.[0] as DeskTicketStatus | undefined) ?? 'open';
}

/** RT counts from 0 to 100. */
export const RT_PRIORITY: Record<DeskTicketPriority, number> = { low: 0, normal: 50, high: 75, urgent: 100 };

/** The nearest one. */
export function priorityOf(number: number): DeskTicketPriority {
  if (number < 25) return 'low';
  if (number < 63) return 'normal';
  return number < 88 ? 'high' : 'urgent';
}
