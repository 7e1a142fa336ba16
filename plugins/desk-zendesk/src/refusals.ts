import { explaining, retold, type HttpFailure, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** Zendesk tells an error as a name with a description, or as an object with title and message. */
const Refusal = z.object({
  error: z.union([z.string(), z.object({ title: z.string(), message: z.string() })]),
  description: z.string().optional(),
  message: z.string().optional(),
  details: z.record(z.string(), z.array(z.object({ description: z.string() }))).optional(),
});

/** The failure in Zendesk's own words. */
function explained(failure: HttpFailure): HttpFailure {
  const told = Refusal.safeParse(failure.reply);
  return told.success ? retold(failure, `Zendesk: ${wordsOf(told.data)}`) : failure;
}

function wordsOf({ error, description, message, details }: z.output<typeof Refusal>): string {
  if (typeof error === 'object') return `${error.title}: ${error.message}`;
  const fields = Object.entries(details ?? {}).flatMap(([name, found]) =>
    found.map((one) => `${name}: ${one.description}`),
  );
  return [description ?? message ?? error, ...fields].join(' ');
}

/** The port that tells failures in the words of Zendesk. */
export function zendesk({ http }: { http: HttpPort }): HttpPort {
  return explaining(http, explained);
}
