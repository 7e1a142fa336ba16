/**
 * SQLSTATE classes of a lost connection, of too few resources (a full disk too), and of a server that ends.
 */
const AWAY_STATES = /^(08|53|57P)/;
/** Errors of the operating system, such as ECONNREFUSED. */
const SYSTEM_CODES = /^E[A-Z]+$/;
/** What `pg` says without a code. From the start only: a task or a table may be called anything. */
const AWAY_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client (was closed|has encountered))/;

/** Whether the database refused the values themselves (SQLSTATE classes 22 and 23), so that no try helps. */
export function isDataRefused(error: unknown): boolean {
  return /^2[23]/.test(String((error as { code?: unknown }).code ?? ''));
}

/** Whether an error says that the database is away or full, so that the same work may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const state = String(code ?? '');
  return AWAY_STATES.test(state) || SYSTEM_CODES.test(state) || AWAY_MESSAGES.test(String(message ?? ''));
}
