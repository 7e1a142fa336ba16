import type { HttpPort } from '@tutti/plugin-sdk';
import { openSession, type Session } from './session.js';
import type { Settings } from './settings.js';

/** Works in a session that ends with the work. */
export async function inSession<T>(
  { http, settings }: { http: HttpPort; settings: Settings },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(http, settings);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}
