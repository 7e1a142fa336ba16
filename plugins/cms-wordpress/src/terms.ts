import { isClassifiedError, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { refusalOf } from './refusals.js';

/** The two ways in which WordPress sorts posts. */
export type Taxonomy = 'categories' | 'tags';

const Term = z.object({ id: z.int(), name: z.string() });
const TERM_FIELDS = { _fields: 'id,name', per_page: 100 };

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#039': "'" };

/** The name as people wrote it: WordPress gives it as HTML. */
export function nameOf(html: string): string {
  return html.replace(/&(amp|lt|gt|quot|#039);/g, (whole, entity: string) => ENTITIES[entity] ?? whole);
}

/** The number of a category or tag with this name; null: there is none. */
export async function termId(http: HttpPort, taxonomy: Taxonomy, name: string): Promise<number | null> {
  const query = { search: name, ...TERM_FIELDS };
  const found = await http.get(`/${taxonomy}`, { query, reply: z.array(Term) });
  const wanted = name.toLowerCase();
  return found.find((term) => nameOf(term.name).toLowerCase() === wanted)?.id ?? null;
}

/** The numbers of categories or tags by their names; those that are not there are made. */
export async function termIds(
  http: HttpPort,
  taxonomy: Taxonomy,
  names: readonly string[],
): Promise<number[]> {
  const ids: number[] = [];
  for (const name of names)
    ids.push((await termId(http, taxonomy, name)) ?? (await makeTerm(http, taxonomy, name)));
  return ids;
}

async function makeTerm(http: HttpPort, taxonomy: Taxonomy, name: string): Promise<number> {
  try {
    return (await http.post(`/${taxonomy}`, { body: { name }, reply: Term })).id;
  } catch (error) {
    // Somebody else made it meanwhile, or its name differs in accents only.
    const known = isClassifiedError(error) ? refusalOf(error)?.data?.term_id : undefined;
    if (known === undefined) throw error;
    return known;
  }
}
