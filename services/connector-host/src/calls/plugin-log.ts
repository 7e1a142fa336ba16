import { Logger } from '@nestjs/common';
import type { LogPort } from '@tutti/plugin-sdk';

/** Whose line it is. */
export interface LogOrigin {
  name: string;
  version: string;
  /** Who may read it; null: everybody; `*`: nobody knows whose data is in it. */
  workspaceId: string | null;
}

/** Where the lines of plugins go. */
export interface LogSink {
  write(level: keyof LogPort, line: string, of?: LogOrigin): void;
}

const logger = new Logger('Plugin');

/** The process's own log. */
export const processLog: LogSink = {
  write(level, line) {
    if (level === 'info') logger.log(line);
    else logger[level](line);
  },
};

const LINE_LENGTH_MAX = 4_096;

/** The log port of one attempt: each line says where it comes from and passes the redaction. */
export function pluginLog(
  sink: LogSink,
  { of, redact, ...about }: { of: LogOrigin; redact: (text: string) => string } & Record<string, unknown>,
): LogPort {
  const write = (level: keyof LogPort) => (message: string, fields?: Record<string, unknown>) => {
    const line = `${message} ${tell({ ...about, ...fields })}`;
    sink.write(level, redact(line).slice(0, LINE_LENGTH_MAX), of);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function tell(fields: Record<string, unknown>): string {
  try {
    return JSON.stringify(fields);
  } catch {
    // A log line must never be the reason why a call fails.
    return '(fields that are no JSON)';
  }
}
