import type { Finding } from '@tutti/contracts';
import { error, type LintedDocument } from './walk.js';

/** The first call of each function that could not be fetched. */
export function unreadFindings({ tasks }: LintedDocument, unread: ReadonlyMap<string, string>): Finding[] {
  return [...unread].flatMap(([call, why]) => {
    const task = tasks.find(({ kind, definition }) => kind === 'call' && definition.call === call);
    if (task === undefined) return [];
    const message = `The function "${call}" cannot be had: ${why}`;
    const fix =
      'Correct its name or address, or apply again when its server answers; or write its definition under ' +
      'use.functions.';
    return [error('function-unavailable', `${task.pointer}/call`, { message, fix })];
  });
}
