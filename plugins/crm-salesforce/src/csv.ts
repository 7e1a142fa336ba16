type Value = string | number | boolean | null;

/** Records as CSV (RFC 4180) with `\n` between lines; what a record does not name stays as it is. */
export function csvOf(records: readonly Readonly<Record<string, Value>>[]): string {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const lines = records.map((record) => names.map((name) => cell(record[name])));
  return [names, ...lines].map((line) => `${line.join(',')}\n`).join('');
}

/** An empty cell changes nothing in Salesforce; `#N/A` empties the field. */
function cell(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value === null) return '#N/A';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
