/**
 * SQLSTATE classes of a lost connection, of too few resources (a full disk too), and of a server that ends.
 */
const AWAY_STATES = /^(08|53|57P)/;
/** Errors of the operating system, such as ECONNREFUSED. */
const SYSTEM_CODES = /^E[A-Z]+$/;
/** What `pg` says without a code. From the start only: a task or a table may be called anything. */
const AWAY_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client (was closed|has encountered))/;

/**
 * Whether the values themselves are refused, so that no try helps: by the database (SQLSTATE classes 22 and
 * 23, or 54, its limits), or because together they are longer than a text of JavaScript can be.
 */
export function isDataRefused(error: unknown): boolean {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  if (name === 'RangeError' && message === 'Invalid string length') return true;
  return /^(2[23]|54)/.test(String(code ?? ''));
}

/** Whether an error says that the database is away or full, so that the same work may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const state = String(code ?? '');
  return AWAY_STATES.test(state) || SYSTEM_CODES.test(state) || AWAY_MESSAGES.test(String(message ?? ''));
}
