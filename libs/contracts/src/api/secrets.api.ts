import { z } from 'zod';
import { Instant, pageOf } from './common.api.js';

/** Largest value of a secret, in bytes of JSON. */
export const SECRET_BYTES_MAX = 64 * 1024;

/** A secret of the workspace without its value, which never comes out again. */
export const SecretItem = z
  .object({ name: z.string(), createdAt: Instant, updatedAt: Instant, updatedBy: z.string() })
  .meta({ id: 'SecretItem' });
export type SecretItem = z.infer<typeof SecretItem>;
export const SecretPage = pageOf(SecretItem).meta({ id: 'SecretPage' });

export const SecretRequest = z
  .object({
    value: z
      .union([z.string().min(1), z.record(z.string(), z.unknown())])
      .describe('a text, or an object whose parts workflows read by name'),
  })
  .strict();
