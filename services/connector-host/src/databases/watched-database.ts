import type { DatabasePort, DatabaseSession } from '@tutti/plugin-sdk';

/** Statements that change nothing by themselves. */
const READING = /^\s*(select|show|explain|values)\b/i;

/**
 * The database port of an attempt that tells when something was written for good: a transaction that rolled
 * back wrote nothing, one whose COMMIT got no answer may have.
 */
export function watchedDatabase(port: DatabasePort, onMayHaveHappened: () => void): DatabasePort {
  return {
    query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
      if (!READING.test(sql)) onMayHaveHappened();
      return port.query<Row>(sql, parameters);
    },
    transaction<T>(work: (session: DatabaseSession) => Promise<T>): Promise<T> {
      return port.transaction(async (session) => {
        let wrote = false;
        const result = await work({
          query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
            wrote ||= !READING.test(sql);
            return session.query<Row>(sql, parameters);
          },
        });
        // Work is over and COMMIT follows: from here on the write may have happened.
        if (wrote) onMayHaveHappened();
        return result;
      });
    },
  };
}
