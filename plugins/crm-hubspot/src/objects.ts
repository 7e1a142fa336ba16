import { orNull, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { refusedInputs } from './refusals.js';

const Instant = z.iso.datetime({ offset: true });

/** A record of any type. */
export const HubSpotObject = z.object({
  id: z.string(),
  properties: z.record(z.string(), z.string().nullable()),
  createdAt: Instant,
  updatedAt: Instant,
});
export type HubSpotObject = z.output<typeof HubSpotObject>;

const Paging = z.object({ next: z.object({ after: z.string() }).optional() }).optional();
const SearchReply = z.object({ total: z.int(), results: z.array(HubSpotObject), paging: Paging });
const BatchReply = z.object({
  results: z.array(HubSpotObject.extend({ new: z.boolean().optional() })),
  errors: z.array(z.object({ message: z.string(), category: z.string().optional() })).optional(),
});
const Links = z.object({
  results: z.array(z.object({ toObjectId: z.union([z.string(), z.int()]).transform(String) })),
  paging: Paging,
});

/** The most that HubSpot takes in one batch. */
export const BATCH_MAX = 100;
/** Of contacts; records of other types call it `hs_lastmodifieddate`. */
const CHANGED_AT = 'lastmodifieddate';
const LINKS_A_PAGE = 500;
const LINK_PAGES_MAX = 10;

const at = (type: string, ...path: string[]) =>
  ['/crm/v3/objects', type, ...path]
    .map((part, index) => (index === 0 ? part : encodeURIComponent(part)))
    .join('/');

/** Null when there is none. `idProperty`: another unique property than the id, such as `email`. */
export function getObject(
  http: HttpPort,
  of: { type: string; id: string; idProperty?: string | undefined; properties: readonly string[] },
): Promise<HubSpotObject | null> {
  const query = { idProperty: of.idProperty, properties: of.properties.join(',') };
  return orNull(http.get(at(of.type, of.id), { query, reply: HubSpotObject }));
}

export async function searchObjects(
  http: HttpPort,
  type: string,
  body: Record<string, unknown>,
): Promise<{ total: number; results: HubSpotObject[]; after: string | null }> {
  const path = at(type, 'search');
  const { total, results, paging } = await http.post(path, { body, reply: SearchReply });
  return { total, results, after: paging?.next?.after ?? null };
}

/** Records that were made or changed then or later, in the order of their changes; contacts so far. */
export async function* objectsChanged(
  http: HttpPort,
  { type, properties, from }: { type: 'contacts'; properties: readonly string[]; from: Date },
): AsyncGenerator<HubSpotObject[]> {
  const filters = [{ propertyName: CHANGED_AT, operator: 'GTE', value: String(from.getTime()) }];
  const sorts = [{ propertyName: CHANGED_AT, direction: 'ASCENDING' }];
  const body = { filterGroups: [{ filters }], sorts, properties, limit: BATCH_MAX };
  let after: string | null = null;
  do {
    const page = await searchObjects(http, type, { ...body, ...(after !== null && { after }) });
    yield page.results;
    after = page.after;
  } while (after !== null);
}

export function createObject(
  http: HttpPort,
  type: string,
  body: Record<string, unknown>,
): Promise<HubSpotObject> {
  return http.post(at(type), { body, reply: HubSpotObject });
}

export function changeObject(
  http: HttpPort,
  type: string,
  { id, properties }: { id: string; properties: Record<string, string> },
): Promise<HubSpotObject> {
  return http.patch(at(type, id), { body: { properties }, reply: HubSpotObject });
}

/** Creates or changes records by a unique property, at most 100; `created` says which. */
export async function upsertObjects(
  http: HttpPort,
  type: string,
  inputs: readonly { id: string; idProperty: string; properties: Record<string, string> }[],
): Promise<{ object: HubSpotObject; created: boolean }[]> {
  const { results, errors = [] } = await http.post(at(type, 'batch', 'upsert'), {
    body: { inputs },
    reply: BatchReply,
  });
  if (errors.length > 0)
    throw refusedInputs(
      errors.map(({ message, category }) => ({ message, ...(category !== undefined && { category }) })),
    );
  return results.map(({ new: created = false, ...object }) => ({ object, created }));
}

/** Those that exist, in no order. */
export async function readObjects(
  http: HttpPort,
  type: string,
  { ids, properties }: { ids: readonly string[]; properties: readonly string[] },
): Promise<HubSpotObject[]> {
  const found: HubSpotObject[] = [];
  for (let start = 0; start < ids.length; start += BATCH_MAX) {
    const inputs = ids.slice(start, start + BATCH_MAX).map((id) => ({ id }));
    const body = { inputs, properties };
    const { results } = await http.post(at(type, 'batch', 'read'), { body, reply: BatchReply });
    found.push(...results.map(({ new: _new, ...object }) => object));
  }
  return found;
}

/** Ids of the records of a type that belong to another one, the newest first; at most 5,000 are looked at. */
export async function linkedIds(
  http: HttpPort,
  from: { type: string; id: string },
  type: string,
): Promise<string[]> {
  const ids: string[] = [];
  const path = `/crm/v4/objects/${from.type}/${encodeURIComponent(from.id)}/associations/${type}`;
  let after: string | undefined;
  for (let page = 0; page < LINK_PAGES_MAX; page += 1) {
    const { results, paging } = await http.get(path, { query: { limit: LINKS_A_PAGE, after }, reply: Links });
    ids.push(...results.map(({ toObjectId }) => toObjectId));
    after = paging?.next?.after;
    if (after === undefined) break;
  }
  return ids.sort((one, other) => other.length - one.length || (one < other ? 1 : -1));
}
