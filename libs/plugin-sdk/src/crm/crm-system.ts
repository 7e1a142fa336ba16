import type { CrmContact, CrmNote, CrmTask } from '@tutti/contracts';
import type { Change } from '../changes.js';

/** What may be changed of a contact; a field that is undefined stays as it is. */
export type ContactFields = Partial<Pick<CrmContact, 'name' | 'company' | 'phone' | 'tags' | 'email'>>;

/** A note or task to be made, with the mark that finds it again. */
export interface NewNote {
  contactId: string;
  text: string;
  source: string | null;
  mark: string;
}
export interface NewTask {
  title: string;
  contactId: string | null;
  dueOn: string | null;
  mark: string;
}

/** A record with the mark of the call that made it; null: something else made it. */
export type Marked<Record> = Record & { mark: string | null };

/**
 * What differs between CRMs: the few operations that the canonical capabilities are made of, for one call.
 * Each throws as the HTTP port does.
 */
export interface CrmSystem {
  /** Null when there is none. */
  contact(id: string): Promise<CrmContact | null>;
  /** Those with the address, in any case of letters. */
  contactsByEmail(email: string): Promise<CrmContact[]>;
  /** Those whose name or company may hold the text; more may come, they are looked at again. */
  contactsByText(text: string): Promise<CrmContact[]>;
  /** Those that were made or changed then or later, in the order of their changes. */
  contactsChanged(from: Date): AsyncIterable<readonly Change<CrmContact>[]>;
  /**
   * Changes a contact that exists. `isGuarded`: only when it is still at this version (409), where the
   * system can.
   */
  changeContact(before: CrmContact, fields: ContactFields, isGuarded: boolean): Promise<CrmContact>;
  /** Creates the contact with this address or changes it, so that a repeat changes nothing more. */
  upsertContact(email: string, fields: ContactFields): Promise<{ contact: CrmContact; created: boolean }>;
  /** 404 when there is no such contact. */
  createNote(note: NewNote): Promise<CrmNote>;
  /** The newest first. */
  notes(contactId: string, limit: number): Promise<Marked<CrmNote>[]>;
  createTask(task: NewTask): Promise<CrmTask>;
  task(id: string): Promise<CrmTask | null>;
  completeTask(before: CrmTask): Promise<CrmTask>;
  /** Tasks among which one that was just made is, if it was; null: the system cannot tell. */
  tasksLike(task: NewTask): Promise<Marked<CrmTask>[] | null>;
}
