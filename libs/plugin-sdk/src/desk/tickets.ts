import type { DeskTicket, DeskTicketUpdateInput } from '@tutti/contracts';
import type { z } from 'zod';
import { PermanentError } from '../errors.js';
import type { DeskSystem } from './desk-system.js';

/** The names of the fields that are not yet as they are asked to be. */
export function unmetChanges(ticket: DeskTicket, input: z.output<typeof DeskTicketUpdateInput>): string[] {
  const names = ['subject', 'status', 'priority', 'queue', 'assignee'] as const;
  return names.filter((name) => input[name] !== undefined && input[name] !== ticket[name]);
}

/** The ticket with this id; `PermanentError` 404 when there is none. */
export async function neededTicket(desk: Pick<DeskSystem, 'ticket'>, id: string): Promise<DeskTicket> {
  const found = await desk.ticket(id);
  if (found === null) throw new PermanentError(`There is no ticket "${id}".`, { status: 404 });
  return found;
}
