import { CmsContentStatus, CmsContentType, type CmsContentChange } from '@tutti/contracts';
import type { HttpPort, Polled } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { CONTENT_FIELDS, contentOf, WireContent, WP_PATH, WP_STATUS } from './wire.js';

/** What a trigger of changes may say. */
export const ChangeOptions = z.object({
  types: z.array(CmsContentType).min(1).default(['post', 'page']),
  status: z.array(CmsContentStatus).min(1).optional().describe('Absent: any but trashed'),
});
type ChangeOptions = z.output<typeof ChangeOptions>;

/** By type: the second up to which changes were seen, and the page of those since then. */
const Cursor = z.record(z.string(), z.object({ since: z.string(), page: z.int() }));
type Place = z.output<typeof Cursor>[string];

const PAGE_SIZE = 100;

/** What changed since the last look. */
export async function pollChanges(
  http: HttpPort,
  given: { cursor: unknown; options: Record<string, unknown> },
): Promise<Polled<CmsContentChange>> {
  const options = ChangeOptions.parse(given.options);
  const places = Cursor.safeParse(given.cursor).data ?? {};
  const found: Polled<CmsContentChange>[] = [];
  const next: Record<string, Place> = {};
  for (const type of options.types) {
    const place = places[type] ?? { since: await timeOf(http), page: 1 };
    const { place: after, ...polled } = await changesOf(http, type, { place, options });
    next[type] = after;
    found.push(polled);
  }
  return {
    events: found.flatMap(({ events }) => [...events]),
    cursor: next,
    more: found.some(({ more }) => more === true),
  };
}

/** The site's own time: that of the hub may differ. */
async function timeOf(http: HttpPort): Promise<string> {
  let told: string | undefined;
  await http.get('/types', {
    query: { _fields: 'slug' },
    answered: ({ headers }) => (told = headers['date']),
  });
  return secondsOf(told === undefined ? new Date() : new Date(told));
}

function secondsOf(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

async function changesOf(
  http: HttpPort,
  type: CmsContentType,
  { place, options }: { place: Place; options: ChangeOptions },
): Promise<Polled<CmsContentChange> & { place: Place }> {
  const query = {
    ...CONTENT_FIELDS,
    // Later than that: what changed in the second of the last look comes once more, under the same id.
    modified_after: secondsOf(new Date(Date.parse(place.since) - 1_000)),
    status: options.status?.map((one) => WP_STATUS[one]).join(',') ?? 'any',
    orderby: 'modified',
    order: 'asc',
    per_page: PAGE_SIZE,
    page: place.page,
  };
  const contents = await http.get(WP_PATH[type], { query, reply: z.array(WireContent) });
  const events = contents.map((wire) => eventOf(contentOf(wire, type)));
  const more = contents.length === PAGE_SIZE;
  const since = events.at(-1)?.time ?? place.since;
  // A page full of one second, such as after an import: the next page of the same list follows.
  const page = more && since === place.since ? place.page + 1 : 1;
  return { events, more, place: { since, page } };
}

function eventOf({ body: _body, excerpt: _excerpt, ...change }: ReturnType<typeof contentOf>) {
  const { id, type, version, updatedAt } = change;
  return { id: `${type}-${id}@${version}`, key: `${type}-${id}`, time: updatedAt, data: change };
}
