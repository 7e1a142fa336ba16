import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given: a token, or a user and a password. */
export const Settings = z.object({
  baseUrl: z.url().describe('Address of Request Tracker: https://rt.example.com'),
  token: z.string().min(1).optional().meta({ secret: true }).describe('Authentication token of a user'),
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional().meta({ secret: true }),
  queue: z.string().min(1).default('General').describe('Queue of new tickets that name none'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl, token, user, password }: Settings): HttpDefaults {
  const url = `${baseUrl.replace(/\/+$/, '')}/REST/2.0`;
  if (token !== undefined) return { baseUrl: url, headers: { authorization: `token ${token}` } };
  if (user === undefined || password === undefined)
    throw new Error('Request Tracker needs a token, or a user and a password.');
  return { baseUrl: url, basicAuth: { user, password } };
}
