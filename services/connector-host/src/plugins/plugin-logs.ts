import { Logger } from '@nestjs/common';
import type { PluginLogLine } from '@tutti/contracts';
import type { LogPort } from '@tutti/plugin-sdk';
import type { DataSource } from 'typeorm';
import type { LogOrigin, LogSink } from '../calls/plugin-log.js';
import { LIMITS } from '../limits.js';

interface Kept {
  name: string;
  version: string;
  lines: PluginLogLine[];
  length: number;
  changed: boolean;
}

/** Where and under which number of a process the lines are kept for people to read. */
interface LogHome {
  database: Pick<DataSource, 'query'>;
  instanceId: string;
}

/**
 * The log of plugins: every line goes where the process's own go, and the last ones of each version are kept
 * in the database, without secrets, for its page.
 */
export class PluginLogs implements LogSink {
  readonly #logger = new Logger('PluginLogs');
  readonly #inner: LogSink;
  readonly #redact: (text: string) => string;
  readonly #kept = new Map<string, Kept>();
  #home: LogHome | null = null;
  #complained = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<unknown> | null = null;

  constructor(inner: LogSink, redact: (text: string) => string) {
    this.#inner = inner;
    this.#redact = redact;
  }

  write(level: keyof LogPort, line: string, of?: LogOrigin): void {
    this.#inner.write(level, line);
    if (of !== undefined) this.keep(level, line, of);
  }

  /** A line that is only for the plugin's page. */
  keep(level: keyof LogPort, line: string, { name, version, workspaceId }: LogOrigin): void {
    const key = JSON.stringify([name, version]);
    const kept = this.#kept.get(key) ?? { name, version, lines: [], length: 0, changed: false };
    this.#kept.set(key, kept);
    const text = this.#redact(line).slice(0, LIMITS.pluginLogLineLengthMax);
    kept.lines.push({ at: new Date().toISOString(), level, text, workspaceId });
    kept.length += text.length;
    while (kept.lines.length > LIMITS.pluginLogLinesMax || kept.length > LIMITS.pluginLogLengthMax)
      kept.length -= kept.lines.shift()?.text.length ?? 0;
    kept.changed = true;
  }

  /** From now on the lines are written to the database, a second after they came. */
  async keepIn(home: LogHome): Promise<void> {
    this.#home = home;
    this.#timer = setInterval(() => void this.flush(), LIMITS.pluginLogFlushMs).unref();
    await home.database.query(FORGET).catch((error: Error) => this.#complain(error));
  }

  /** Writes what has changed; one statement at a time. What could not be written is tried again. */
  async flush(): Promise<void> {
    await this.#writing;
    const changed = [...this.#kept.values()].filter((kept) => kept.changed);
    if (this.#home === null || changed.length === 0) return;
    const { database, instanceId } = this.#home;
    for (const kept of changed) kept.changed = false;
    this.#writing = database
      .query(KEEP, [
        instanceId,
        changed.map(({ name }) => name),
        changed.map(({ version }) => version),
        changed.map(({ lines }) => JSON.stringify(lines)),
      ])
      .then(
        () => (this.#complained = false),
        (error: Error) => {
          for (const kept of changed) kept.changed = true;
          this.#complain(error);
        },
      );
    await this.#writing;
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.flush();
    this.#home = null;
  }

  /** Once, however long the database is away. */
  #complain(error: Error): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#logger.warn(`The log of plugins could not be kept: ${error.message}`);
  }
}

const KEEP = `
  INSERT INTO plugin_logs (name, version, instance_id, lines)
  SELECT name, version, $1::uuid, lines FROM unnest($2::text[], $3::text[], $4::text[]) AS l (name, version, lines) ORDER BY 1, 2
  ON CONFLICT (name, version, instance_id) DO UPDATE SET lines = excluded.lines, at = clock_timestamp()`;

/** What processes said that are gone for long, and all but the last few that said something of a version. */
const FORGET = `
  DELETE FROM plugin_logs l USING (
    SELECT name, version, instance_id, row_number() OVER (PARTITION BY name, version ORDER BY at DESC) AS place FROM plugin_logs) p
   WHERE (l.name, l.version, l.instance_id) = (p.name, p.version, p.instance_id)
     AND NOT EXISTS (SELECT 1 FROM service_instances i WHERE i.id = l.instance_id)
     AND (p.place > ${LIMITS.pluginLogHostsMax} OR l.at < clock_timestamp() - interval '7 days')`;
