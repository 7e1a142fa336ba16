import type { Polled } from '@tutti/plugin-sdk';
import type { ImapFlow } from 'imapflow';
import { z } from 'zod';
import { readMessage, receivedOf, type ReceivedMessage } from './messages.js';

/** What a trigger of messages may say. */
export const ReceivedOptions = z.object({ folder: z.string().min(1).max(500).default('INBOX') });

/** Up to which number a folder was seen; another `validity` means other numbers. */
const Cursor = z.object({ validity: z.string(), uid: z.int() });

const MESSAGES_AT_ONCE_MAX = 20;

/** The messages that came since the last look; those before the first look are none. */
export async function pollMessages(
  client: ImapFlow,
  given: { cursor: unknown; folder: string; validity: string },
): Promise<Polled<ReceivedMessage>> {
  const { folder, validity } = given;
  const known = Cursor.safeParse(given.cursor).data;
  const status = client.mailbox;
  const last = (status === false ? 1 : status.uidNext) - 1;
  if (known === undefined) return { events: [], cursor: { validity, uid: last } };
  // A folder that was made anew is read from its beginning: what is in it came after the last look.
  const from = known.validity === validity ? known.uid : 0;
  const found = from >= last ? [] : await client.search({ uid: `${from + 1}:${last}` }, { uid: true });
  const uids = (found === false || found === undefined ? [] : found).toSorted((one, other) => one - other);
  const taken = uids.slice(0, MESSAGES_AT_ONCE_MAX);
  const events = [];
  for (const uid of taken) {
    const read = await readMessage(client, uid, { folder, uidValidity: validity });
    if (read !== null) events.push(eventOf(receivedOf(read)));
  }
  const more = uids.length > taken.length;
  return { events, cursor: { validity, uid: more ? (taken.at(-1) ?? last) : last }, more };
}

function eventOf(data: ReceivedMessage) {
  const { folder, uidValidity, uid, date, from } = data;
  const key = (from?.address ?? '').slice(0, 500);
  const id = `${folder.slice(0, 400)}/${uidValidity}/${uid}`;
  return { id, data, ...(date !== null && { time: date }), ...(key !== '' && { key }) };
}
