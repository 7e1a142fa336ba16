import type { Capability } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { zendesk } from './refusals.js';
import type { Settings } from './settings.js';

const User = z.object({
  id: z.int().nonnegative().transform(String),
  name: z.string(),
  email: z.string().nullable(),
  role: z.string().nullable(),
  suspended: z.boolean().default(false),
});
const ZendeskUser = z.object({ ...User.shape, id: z.string() });
const FindInput = z.object({ email: z.email() });
const FindOutput = z.object({ user: ZendeskUser.nullable() });
const UpsertInput = z.object({ email: z.email(), name: z.string().min(1).max(255) });
const UpsertOutput = z.object({ user: ZendeskUser });

type Operation<Input extends z.ZodType, Output extends z.ZodType> = Capability<
  Input,
  Output,
  Settings,
  undefined
>;

const find: Operation<typeof FindInput, typeof FindOutput> = {
  summary: 'Find a user by email.',
  effect: 'read',
  input: FindInput,
  output: FindOutput,
  async run({ input: { email }, http }) {
    const reply = z.object({ users: z.array(User) });
    const query = { query: `email:"${email}"` };
    const { users } = await zendesk({ http }).get('/users/search', { query, reply });
    return { user: users.find((user) => user.email?.toLowerCase() === email.toLowerCase()) ?? null };
  },
};
const upsert: Operation<typeof UpsertInput, typeof UpsertOutput> = {
  summary: 'Create a user, or rename the one with this email.',
  effect: 'idempotent-write',
  input: UpsertInput,
  output: UpsertOutput,
  async run({ input, http }) {
    const reply = z.object({ user: User });
    return zendesk({ http }).post('/users/create_or_update', { body: { user: input }, reply });
  },
};

/** What Zendesk offers beside the canonical capabilities. */
export const userCapabilities = { 'zendesk.user.find': find, 'zendesk.user.upsert': upsert };
