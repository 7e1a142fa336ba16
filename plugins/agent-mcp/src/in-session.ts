import { openSession, type Ports, type Session } from './session.js';
import type { Settings } from './settings.js';

/** Works in a session that ends with the work. */
export async function inSession<T>(
  context: Ports & { settings: Settings },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(context, context.settings);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}
