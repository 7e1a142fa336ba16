/**
 * SQL that writes an instant as the API shows it: ISO 8601 in UTC with microseconds, which a JavaScript
 * Date would drop.
 */
export function instant(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
