import type { Finding } from '@tutti/contracts';
import { oneLine } from './table.js';

/** A line for each finding: place, severity, code, what is wrong and how to mend it. */
export function findingsText(file: string, findings: readonly Finding[]): string {
  return findings
    .map(({ line, column, severity, code, message, fix, pointer }) => {
      const place = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
      const where = pointer && line === undefined ? ` (at ${pointer})` : '';
      const remedy = fix ? ` Fix: ${oneLine(fix)}` : '';
      return `${file}${place}: ${severity} ${code}: ${oneLine(message)}${where}${remedy}\n`;
    })
    .join('');
}
