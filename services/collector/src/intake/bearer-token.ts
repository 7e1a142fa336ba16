import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a sender may send: always without a configured token, else with exactly that token. */
export function maySend(header: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = /^Bearer +(.+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
