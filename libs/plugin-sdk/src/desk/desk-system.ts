import type {
  DeskHistoryEntry,
  DeskMessage,
  DeskTicket,
  DeskTicketCreateInput,
  DeskTicketFindInput,
  DeskTicketUpdateInput,
} from '@tutti/contracts';
import type { z } from 'zod';
import type { DatabaseFor, RunContext } from '../plugin.js';

/** What a service desk works with, whichever capability was called. */
export type DeskCallContext<Settings> = Omit<RunContext<unknown, Settings, DatabaseFor<never>>, 'input'>;

/**
 * A service desk for one call, as a connector describes it. What makes something finds what it has made for
 * the same idempotency key before.
 */
export interface DeskSystem {
  create(input: z.output<typeof DeskTicketCreateInput>): Promise<DeskTicket>;
  /** Null: there is none. */
  ticket(id: string): Promise<DeskTicket | null>;
  /** Those that match all that is given, the newest first. */
  find(filters: z.output<typeof DeskTicketFindInput>): Promise<DeskTicket[]>;
  /** Changes the fields that are given; 409 for another version than the expected one, 404 for no ticket. */
  update(input: z.output<typeof DeskTicketUpdateInput>): Promise<DeskTicket>;
  addMessage(kind: DeskMessage['kind'], input: { id: string; body: string }): Promise<DeskMessage>;
  /** The oldest first. */
  history(id: string, limit: number): Promise<DeskHistoryEntry[]>;
}

/** How a connector opens the desk. */
export interface DeskConnector<Settings> {
  open: (this: void, context: DeskCallContext<Settings>) => DeskSystem;
}
