import { PermanentError, type WebhookTrigger } from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { Settings } from './settings.js';

const Options = z.object({
  types: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Only these, such as "contact.creation" or "deal.propertyChange"'),
});

/** What happened in HubSpot. */
export const HubSpotEvent = z.object({
  type: z.string().describe('As HubSpot calls it: contact.creation, deal.propertyChange, ...'),
  objectId: z.string(),
  property: z.string().nullable(),
  value: z.string().nullable(),
  source: z.string().nullable().describe('What changed it: CRM_UI, API, IMPORT, ...'),
  event: z.record(z.string(), z.unknown()).describe('All that HubSpot says of it'),
});

const Sent = z.array(
  z.looseObject({
    eventId: z.int(),
    subscriptionId: z.int(),
    subscriptionType: z.string(),
    objectId: z.int(),
    occurredAt: z.int(),
    propertyName: z.string().nullish(),
    propertyValue: z.string().nullish(),
    changeSource: z.string().nullish(),
  }),
);

/** Webhooks of a HubSpot app, in version 3 of their signature, which the host checks with its age. */
export const happened: WebhookTrigger<typeof HubSpotEvent, Settings, undefined> = {
  summary: 'Something happened in HubSpot: a record was made, changed, merged or deleted.',
  kind: 'webhook',
  options: Options,
  event: HubSpotEvent,
  verify: {
    scheme: 'hmac',
    header: 'x-hubspot-signature-v3',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: 'clientSecret',
    signed: '{method}{url}{body}{timestamp}',
    timestamp: { header: 'x-hubspot-request-timestamp' },
    toleranceSeconds: 300,
  },
  webhook({ text, options }) {
    const { types } = Options.parse(options);
    const sent = Sent.safeParse(JSON.parse(text));
    if (!sent.success)
      throw new PermanentError(`This is no event of HubSpot: ${z.prettifyError(sent.error)}`, {
        status: 422,
      });
    const wanted = sent.data.filter(({ subscriptionType }) => types?.includes(subscriptionType) ?? true);
    return wanted.length === 0 ? 'ignored' : { events: wanted.map(eventOf) };
  },
};

/** `eventId` alone is not unique, as HubSpot says; the number of the attempt differs in repeats. */
function eventOf({ attemptNumber: _attempt, ...event }: z.output<typeof Sent>[number]) {
  const { eventId, subscriptionId, subscriptionType: type, objectId, occurredAt, propertyName } = event;
  return {
    id: [subscriptionId, eventId, objectId, occurredAt, propertyName ?? ''].join('-'),
    key: String(objectId),
    time: new Date(occurredAt).toISOString(),
    data: {
      type,
      objectId: String(objectId),
      property: propertyName ?? null,
      value: event.propertyValue ?? null,
      source: event.changeSource ?? null,
      event,
    },
  };
}
