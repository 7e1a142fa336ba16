import { IDEMPOTENCY_KEYS_TABLE } from '@tutti/plugin-sdk';

/** The sandbox's tables. */
export const MIGRATIONS = [
  `
  CREATE SEQUENCE contact_numbers START 10001;
  CREATE TABLE contacts (
    id text PRIMARY KEY DEFAULT 'CON-' || nextval('contact_numbers'), email text,
    name text NOT NULL CHECK (name <> ''),
    company text, phone text, tags text[] NOT NULL DEFAULT '{}',
    version int NOT NULL DEFAULT 1 CHECK (version > 0));
  CREATE UNIQUE INDEX contacts_by_email ON contacts (lower(email)) WHERE email IS NOT NULL;

  CREATE SEQUENCE note_numbers START 10001;
  CREATE TABLE notes (
    id text PRIMARY KEY DEFAULT 'NOTE-' || nextval('note_numbers'),
    position bigint GENERATED ALWAYS AS IDENTITY,
    contact_id text NOT NULL REFERENCES contacts, text text NOT NULL CHECK (text <> ''), source text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE INDEX notes_by_contact ON notes (contact_id, position DESC);

  CREATE SEQUENCE task_numbers START 10001;
  CREATE TABLE tasks (
    id text PRIMARY KEY DEFAULT 'TASK-' || nextval('task_numbers'), contact_id text REFERENCES contacts,
    title text NOT NULL CHECK (title <> ''), due_on date,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at timestamptz, version int NOT NULL DEFAULT 1 CHECK (version > 0));
  CREATE INDEX tasks_by_contact ON tasks (contact_id);
  ${IDEMPOTENCY_KEYS_TABLE}
  `,
];
