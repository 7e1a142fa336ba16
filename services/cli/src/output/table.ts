/** One column of a table: its heading, and what it shows of a row. */
export interface Column<Row> {
  title: string;
  text: (row: Row) => string;
  /** Numbers stand at the right, so that their places line up. */
  right?: boolean;
}

const GAP = '  ';
const CUT_MIN = 8;

/** Rows under headings. In a terminal the last column is cut at its width; nothing is ever cut in a pipe. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminalColumns: number | null,
): string {
  const lines = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => oneLine(column.text(row)))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) => fit(line, { columns, widths, terminalColumns }))
    .map((line) => `${line}\n`)
    .join('');
}

function fit<Row>(
  line: string[],
  at: { columns: readonly Column<Row>[]; widths: number[]; terminalColumns: number | null },
): string {
  const cells = line.map((cell, i) =>
    at.columns[i]?.right ? cell.padStart(at.widths[i] ?? 0) : cell.padEnd(at.widths[i] ?? 0),
  );
  const text = cells.join(GAP).trimEnd();
  const room = at.terminalColumns;
  return room === null || text.length <= room || room < CUT_MIN ? text : `${text.slice(0, room - 1)}…`;
}

/** Control characters (a name may come from anywhere) must not move the cursor of the terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Name and value, one a line. */
export function facts(pairs: readonly (readonly [string, string | null | undefined])[]): string {
  const shown = pairs.filter(
    (pair): pair is [string, string] => pair[1] !== null && pair[1] !== undefined && pair[1] !== '',
  );
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
