import { byUrl, isClassifiedError, orNull, pages, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** A record as Dynamics tells it. */
export const DynamicsRecord = z.record(z.string(), z.unknown());
export type DynamicsRecord = z.output<typeof DynamicsRecord>;

const Page = z.object({ value: z.array(DynamicsRecord), '@odata.nextLink': z.string().optional() });
type Page = z.output<typeof Page>;

/** What stands in the key of an alternate key, or for an `@name` in a filter. */
export const ODataValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.strictObject({ date: z.iso.date() }),
]);
export type ODataValue = z.output<typeof ODataValue>;

/** A value as a literal, whatever is in it. */
export function literal(value: ODataValue): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return typeof value === 'object' && value !== null ? value.date : String(value);
}

/** How a record is found: its id, or the values of an alternate key. */
export type Key = string | Readonly<Record<string, ODataValue>>;

/** Where a record is. Ids and names are checked before, values are quoted. */
export function pathOf(set: string, key: Key): string {
  if (typeof key === 'string') return `/${set}(${encodeURIComponent(key)})`;
  const pairs = Object.entries(key).map(([name, value]) => `${name}=${encodeURIComponent(literal(value))}`);
  return `/${set}(${pairs.join(',')})`;
}

/** Records of a query, page after page; `done` is false when there are more than `max`. */
export async function query(
  http: HttpPort,
  set: string,
  options: { query: Record<string, string | undefined>; max: number },
): Promise<{ records: DynamicsRecord[]; done: boolean }> {
  const { max } = options;
  const records: DynamicsRecord[] = [];
  for await (const page of queryPages(http, set, options.query)) {
    records.push(...page.value);
    const isLast = page['@odata.nextLink'] === undefined;
    if (isLast || records.length >= max)
      return { records: records.slice(0, max), done: isLast && records.length <= max };
  }
  return { records, done: true };
}

/** The pages of a query, one after the other. */
export async function* queryPages(
  http: HttpPort,
  set: string,
  options: Record<string, string | undefined>,
): AsyncGenerator<Page> {
  const request = {
    query: options,
    reply: Page,
    items: (page: Page) => [page],
    paging: byUrl((page: Page) => page['@odata.nextLink']),
  };
  for await (const [page] of pages<typeof Page, Page>(http, `/${set}`, request))
    if (page !== undefined) yield page;
}

/** Null when there is none. */
export function getRecord(http: HttpPort, path: string, select?: string): Promise<DynamicsRecord | null> {
  return orNull(http.get(path, { query: { $select: select }, reply: DynamicsRecord }));
}

/** Changes a record that exists (404), only at this version when one is given (409). */
export function changeRecord(
  http: HttpPort,
  path: string,
  { body, version }: { body: DynamicsRecord; version?: number },
): Promise<DynamicsRecord> {
  const headers = { 'if-match': version === undefined ? '*' : `W/"${version}"` };
  return http.patch(path, { body, headers, reply: DynamicsRecord });
}

/** Creates the record with this key; null when it is there already. */
export async function createAt(
  http: HttpPort,
  path: string,
  body: DynamicsRecord,
): Promise<DynamicsRecord | null> {
  try {
    return await http.patch(path, { body, headers: { 'if-none-match': '*' }, reply: DynamicsRecord });
  } catch (error) {
    if (isClassifiedError(error) && error.status === 409) return null;
    throw error;
  }
}

/** Creates or changes the record with this key. */
export async function upsertAt(
  http: HttpPort,
  path: string,
  body: DynamicsRecord,
): Promise<{ record: DynamicsRecord; created: boolean }> {
  const changed = await orNull(changeRecord(http, path, { body }));
  if (changed !== null) return { record: changed, created: false };
  const made = await createAt(http, path, body);
  if (made !== null) return { record: made, created: true };
  return { record: await changeRecord(http, path, { body }), created: false };
}
