import { byUrl, orNull, pages, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { dataPath, type Settings } from './settings.js';

/** A record as Salesforce tells it, without what it says about its own address. */
export const SalesforceRecord = z.record(z.string(), z.unknown());
export type SalesforceRecord = z.output<typeof SalesforceRecord>;

const QueryReply = z.object({
  totalSize: z.int(),
  done: z.boolean(),
  nextRecordsUrl: z.string().optional(),
  records: z.array(SalesforceRecord),
});
type QueryReply = z.output<typeof QueryReply>;
const Saved = z.object({ id: z.string(), success: z.boolean(), created: z.boolean().optional() });

/** The API of one connection. */
export interface Org {
  http: HttpPort;
  settings: Settings;
}

/** Records of a query, page after page; `done` is false when there are more than `max`. */
export async function query(
  org: Org,
  soql: string,
  max: number,
): Promise<{ records: SalesforceRecord[]; total: number; done: boolean }> {
  const records: SalesforceRecord[] = [];
  let [total, isLast] = [0, true];
  for await (const page of queryPages(org, soql)) {
    records.push(...page.records.map(plain));
    [total, isLast] = [page.totalSize, page.done];
    if (records.length >= max) break;
  }
  return { records: records.slice(0, max), total, done: isLast && records.length <= max };
}

/** The pages of a query, one after the other. */
export async function* queryPages({ http, settings }: Org, soql: string): AsyncGenerator<QueryReply> {
  const request = {
    query: { q: soql },
    reply: QueryReply,
    items: (page: QueryReply) => [page],
    paging: byUrl((page: QueryReply) => (page.done ? null : page.nextRecordsUrl)),
  };
  const path = dataPath(settings, 'query');
  for await (const [page] of pages<typeof QueryReply, QueryReply>(http, path, request))
    if (page !== undefined) yield page;
}

/** Null when there is none. */
export async function getRecord(
  { http, settings }: Org,
  of: { type: string; id: string; idField?: string | undefined; fields?: readonly string[] },
): Promise<SalesforceRecord | null> {
  const path = of.idField === undefined ? [of.id] : [of.idField, of.id];
  const asked = http.get(dataPath(settings, 'sobjects', of.type, ...path), {
    query: { fields: of.fields?.join(',') },
    reply: SalesforceRecord,
  });
  const record = await orNull(asked);
  return record === null ? null : plain(record);
}

/** The id of the new record. */
export async function createRecord(
  { http, settings }: Org,
  type: string,
  body: SalesforceRecord,
): Promise<string> {
  return (await http.post(dataPath(settings, 'sobjects', type), { body, reply: Saved })).id;
}

export async function changeRecord(
  { http, settings }: Org,
  { type, id, body }: { type: string; id: string; body: SalesforceRecord },
): Promise<void> {
  await http.patch(dataPath(settings, 'sobjects', type, id), { body });
}

/** Creates or changes the record with this external id. */
export async function upsertRecord(
  { http, settings }: Org,
  of: { type: string; idField: string; id: string; body: SalesforceRecord },
): Promise<{ id: string; created: boolean }> {
  const path = dataPath(settings, 'sobjects', of.type, of.idField, of.id);
  const { id, created = false } = await http.patch(path, { body: of.body, reply: Saved });
  return { id, created };
}

function plain({ attributes: _attributes, ...record }: SalesforceRecord): SalesforceRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => {
      const inner = SalesforceRecord.safeParse(value);
      return [name, inner.success && 'attributes' in inner.data ? plain(inner.data) : value];
    }),
  );
}
