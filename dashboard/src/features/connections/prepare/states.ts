import type { ConnectionState } from '@tutti/contracts';

/** All states, those first in which somebody has to do something. */
export const STATES = Object.keys({
  failing: true,
  'sign-in-needed': true,
  'hosts-to-confirm': true,
  'plugin-missing': true,
  quarantined: true,
  off: true,
  ok: true,
  unknown: true,
} satisfies Record<ConnectionState, true>) as readonly ConnectionState[];
