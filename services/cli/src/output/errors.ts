import { ApiProblem } from '@tutti/client';
import { CliError, EXIT, type ExitCode } from '../session/io.js';
import { oneLine } from './table.js';

interface Place {
  pointer?: string;
  detail?: string;
  line?: number;
  column?: number;
  fix?: string;
}

/** What is printed of an error, and what the command ends with. */
export function explain(error: unknown): { text: string; exitCode: ExitCode } {
  if (error instanceof ApiProblem)
    return {
      text: problemText(error),
      exitCode: error.code === 'unreachable' ? EXIT.unreachable : EXIT.failed,
    };
  if (error instanceof CliError) return { text: `${error.message}\n`, exitCode: error.exitCode };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `This is a defect of the command line, please report it:\n${stack}\n`,
    exitCode: EXIT.failed,
  };
}

/** A problem document for people: title, what to do, and each place that is wrong. */
export function problemText(error: ApiProblem): string {
  const { title, detail, status, errors } = error.problem;
  const head = `${oneLine(title)} (${status})\n${detail ? `  ${oneLine(detail)}\n` : ''}`;
  const places = ((errors ?? []) as Place[]).map((place) => `  ${placeText(place)}\n`).join('');
  const wait = error.retryAfterSeconds === null ? '' : `  Try again in ${error.retryAfterSeconds} s.\n`;
  return head + places + wait;
}

function placeText(place: Place): string {
  const where = [
    place.line === undefined
      ? ''
      : `line ${place.line}${place.column === undefined ? '' : `:${place.column}`}`,
    place.pointer ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ');
  return oneLine(`- ${where ? `${where}: ` : ''}${place.detail ?? ''}${place.fix ? ` (${place.fix})` : ''}`);
}
