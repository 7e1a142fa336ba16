import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Contact = z.object({ id: z.string(), email: z.email(), name: z.string(), tags: z.array(z.string()) });

/** Does nothing but answer, so that what is measured is the way there and back. */
export default definePlugin({
  contract: 1,
  name: 'util-bench',
  kind: 'util',
  settings: z.object({ token: z.string().meta({ secret: true }) }),
  capabilities: {
    'util.contact': {
      summary: 'Answer with a contact.',
      effect: 'read',
      input: z.object({ email: z.email(), note: z.string() }),
      output: z.object({ contact: Contact, note: z.string() }),
      run: ({ input }) => ({
        contact: { id: 'c-1', email: input.email, name: 'Ada Lovelace', tags: ['vip', 'eu'] },
        note: input.note,
      }),
    },
  },
});
