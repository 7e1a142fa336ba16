import { z } from 'zod';
import { Instant } from './common.api.js';

/** How the secrets of a hub are brought under another master key. */
export const MasterKeyRotation = z
  .object({
    id: z.uuid(),
    keyId: z.string().describe('the master key that everything is brought under'),
    state: z
      .enum(['waiting', 'moving', 'done'])
      .describe('waiting: not every process has the key yet, or seals under it'),
    detail: z.string().describe('what it waits for; what to do when it is done'),
    total: z.int(),
    moved: z.int(),
    unreadable: z.array(z.string()).describe('values that no key opens, by whose they are; at most 100'),
    startedBy: z.string(),
    startedAt: Instant,
    endedAt: Instant.nullable(),
  })
  .meta({ id: 'MasterKeyRotation' });
export type MasterKeyRotation = z.infer<typeof MasterKeyRotation>;

/** The master keys of a hub by their ids, and what is under which. No key comes out. */
export const MasterKeys = z
  .object({
    keys: z.array(
      z.object({
        id: z.string(),
        state: z
          .enum(['next', 'active', 'old', 'retired', 'lost'])
          .describe(
            'next: waits for a rotation; active: seals; old: secrets are still under it; retired: not needed; lost: given up',
          ),
        since: Instant,
      }),
    ),
    processes: z.array(
      z.object({
        host: z.string(),
        pid: z.int(),
        keys: z.array(z.string()),
        sealing: z.string().describe('the key that it seals under'),
      }),
    ),
    uses: z.array(
      z.object({
        what: z.string(),
        keyId: z.string().describe('`legacy`: from before keys had ids'),
        count: z.int(),
      }),
    ),
    rotation: MasterKeyRotation.nullable().describe('the newest one'),
  })
  .meta({ id: 'MasterKeys' });
export type MasterKeys = z.infer<typeof MasterKeys>;
