import { z } from 'zod';

const NAME = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;

/** What a connection is given: a PostgreSQL database and who works in it. */
export const Settings = z.object({
  host: z.string().min(1).describe('Name or address of the server; a folder: its Unix socket'),
  port: z.int().min(1).max(65_535).default(5432),
  database: z.string().min(1),
  user: z.string().min(1).describe('Give this user no more rights than the workflows need'),
  password: z.string().min(1).optional().meta({ secret: true }),
  tls: z
    .enum(['verify', 'encrypt', 'off'])
    .default('verify')
    .describe(
      'verify: the server’s certificate must be right; encrypt: any certificate; off: only on one machine',
    ),
  certificateAuthority: z
    .string()
    .min(1)
    .optional()
    .describe('PEM, where no public authority signed the certificate'),
  schema: z
    .string()
    .regex(NAME, 'must be a plain name')
    .default('public')
    .describe('Where names are looked up'),
  connections: z.int().min(1).max(50).default(5).describe('Open at once, on each connector host'),
});
export type Settings = z.output<typeof Settings>;
