/** A span as it is stored: normalised, priced, with its raw attributes as JSON text. */
export interface SpanRow {
  workspaceId: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  /** Epoch microseconds. */
  startUs: number;
  durationMs: number;
  sourceId: number;
  role: number;
  status: number;
  kind: string;
  name: string;
  statusMessage: string | undefined;
  provider: string | undefined;
  model: string | undefined;
  agent: string | undefined;
  tool: string | undefined;
  mcpServer: string | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  costMicros: number | undefined;
  currency: string | undefined;
  priceVersion: string | undefined;
  runId: string | undefined;
  /** JSON texts; the last two are undefined when empty. */
  attributes: string;
  events: string | undefined;
  links: string | undefined;
}

/**
 * Between two texts of a column. No text has it: JSON escapes it, and `cleanText` takes it out of the others.
 */
const SEPARATOR = '\x1e';
/** Stands for a missing text. */
const MISSING = '\x1f';
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\x00\x1e\x1f]/;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\x00\x1e\x1f]/g;

/** PostgreSQL stores no NUL, and two control characters are the wire format's own. */
export function cleanText(value: string): string {
  return CONTROL.test(value) ? value.replaceAll(CONTROLS, '\ufffd') : value;
}

/**
 * The parameters of the insert, one per column: numbers as an array literal, texts joined by a character that
 * none of them has. The driver would quote and escape every text of an array; joining costs a fraction of
 * that. A column without any value is null, which `unnest` fills up.
 */
export function spanParameters(rows: readonly SpanRow[]): (string | null)[] {
  const numbers = (pick: (row: SpanRow) => number | string | undefined) => numberColumn(rows.map(pick));
  const texts = (pick: (row: SpanRow) => string | undefined) => textColumn(rows.map(pick), cleanText);
  const plain = (pick: (row: SpanRow) => string | undefined) => textColumn(rows.map(pick), undefined);
  return [
    numbers((row) => row.startUs),
    numbers((row) => row.traceId),
    numbers((row) => row.runId),
    numbers((row) => row.durationMs),
    numbers((row) => row.sourceId),
    numbers((row) => row.role),
    numbers((row) => row.status),
    numbers((row) => row.inputTokens),
    numbers((row) => row.outputTokens),
    numbers((row) => row.costMicros),
    plain((row) => row.workspaceId),
    plain((row) => row.spanId),
    plain((row) => row.parentSpanId),
    plain((row) => row.kind),
    texts((row) => row.name),
    texts((row) => row.statusMessage),
    texts((row) => row.provider),
    texts((row) => row.model),
    texts((row) => row.agent),
    texts((row) => row.tool),
    texts((row) => row.mcpServer),
    plain((row) => row.currency),
    plain((row) => row.priceVersion),
    plain((row) => row.attributes),
    plain((row) => row.events),
    plain((row) => row.links),
  ];
}

function numberColumn(values: readonly (number | string | undefined)[]): string | null {
  let hasValue = false;
  let list = '';
  for (const value of values) {
    hasValue ||= value !== undefined;
    list += `,${value ?? 'NULL'}`;
  }
  return hasValue ? `{${list.slice(1)}}` : null;
}

function textColumn(
  values: readonly (string | undefined)[],
  clean: ((text: string) => string) | undefined,
): string | null {
  if (values.every((value) => value === undefined)) return null;
  return values
    .map((value) => (value === undefined ? MISSING : clean === undefined ? value : clean(value)))
    .join(SEPARATOR);
}
