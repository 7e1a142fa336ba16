import { z } from 'zod';

const Id = z.string().min(1).max(200);
const Text = z.string().min(1).max(500);
const Instant = z.iso.datetime();

/** A person or company one deals with. `version` grows with every change. */
export const CrmContact = z
  .object({
    id: Id,
    email: z.email().nullable(),
    name: Text,
    company: z.string().nullable(),
    phone: z.string().nullable(),
    tags: z.array(z.string()),
    version: z.int().positive(),
  })
  .meta({ id: 'CrmContact' });
export type CrmContact = z.infer<typeof CrmContact>;

/** Input of `crm.contact.find`: an id, an email, or a part of name or company. */
export const CrmContactFindInput = z.object({
  id: Id.optional(),
  email: z.string().optional(),
  text: z.string().optional(),
});
/** Output of `crm.contact.find`: the only match, else null and the candidates. */
export const CrmContactFindOutput = z.object({
  contact: CrmContact.nullable(),
  candidates: z.array(CrmContact),
});

/**
 * Input of `crm.contact.upsert`: the contact with this id, else with this email, is changed in the fields
 * that are given; there is none: it is created. A change that expects another version is refused (409).
 */
export const CrmContactUpsertInput = z.object({
  id: Id.optional(),
  email: z.email().nullable().optional(),
  name: Text.optional(),
  company: z.string().nullable().optional(),
  phone: z.string().nullable().optional(),
  tags: z.array(z.string()).max(50).optional(),
  expectedVersion: z.int().positive().optional(),
});
export const CrmContactUpsertOutput = z.object({ contact: CrmContact, created: z.boolean() });

export const CrmNote = z
  .object({ id: Id, contactId: Id, text: z.string(), source: z.string().nullable(), createdAt: Instant })
  .meta({ id: 'CrmNote' });
export type CrmNote = z.infer<typeof CrmNote>;
export const CrmNoteCreateInput = z.object({
  contactId: Id,
  text: z.string().min(1).max(10_000),
  /** Where it comes from, for example the address of a run. */
  source: z.string().max(500).nullable().default(null),
});
export const CrmNoteCreateOutput = z.object({ note: CrmNote });
export const CrmNoteListInput = z.object({ contactId: Id, limit: z.int().min(1).max(200).default(50) });
/** The newest first. */
export const CrmNoteListOutput = z.object({ notes: z.array(CrmNote) });

export const CrmTask = z
  .object({
    id: Id,
    contactId: Id.nullable(),
    title: Text,
    dueOn: z.iso.date().nullable(),
    status: z.enum(['open', 'done']),
    createdAt: Instant,
    completedAt: Instant.nullable(),
    version: z.int().positive(),
  })
  .meta({ id: 'CrmTask' });
export type CrmTask = z.infer<typeof CrmTask>;
export const CrmTaskCreateInput = z.object({
  title: Text,
  contactId: Id.nullable().default(null),
  dueOn: z.iso.date().nullable().default(null),
});
export const CrmTaskCreateOutput = z.object({ task: CrmTask });
export const CrmTaskCompleteInput = z.object({ id: Id, expectedVersion: z.int().positive().optional() });
export const CrmTaskCompleteOutput = z.object({ task: CrmTask });
