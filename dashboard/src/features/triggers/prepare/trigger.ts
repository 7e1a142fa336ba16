import type { TriggerDetail, TriggerItem } from '@tutti/contracts';

/** Where a trigger's records come from, in a few words. */
export function sourceOf({ kind, source, connection }: TriggerItem): string {
  if (kind === 'cloudevents') return `events ${source}`;
  return connection === null ? source : `${source} at ${connection}`;
}

/** Runs that have a place and those that wait for one, as a sentence; undefined when nothing is limited. */
export function placesText({ places }: TriggerDetail): string | undefined {
  const { taken, waiting, limit } = places;
  if (limit === null && taken === 0 && waiting === 0) return undefined;
  const of = limit === null ? '' : ` of ${limit}`;
  return `${taken}${of} under way, ${waiting} waiting`;
}

/** What a new trigger may look like; every line is to be changed, nothing of it works as it is. */
export const TEMPLATE = `apiVersion: tutti/v1
kind: Trigger
metadata: { name: invoices-from-erp }
spec:
  workflow: { namespace: finance, name: invoice }
  kafka:
    # connection: company-kafka   # a connection of the connector kafka; without it the hub's own cluster
    topic: erp.invoices.v1
    from: latest                  # or earliest
    format: json                  # or cloudevent, text
  filter: '.value.type == "invoice"'
  input: '{ invoice: .value }'
  order: none                     # key: runs of one record key go one after another
  # concurrency: 100              # runs at once; further records stay in the topic
`;
