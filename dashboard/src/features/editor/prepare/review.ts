import type { WorkflowPreview } from '@tutti/contracts';
import { nextVersions } from './version';

const CHANGES = { added: 'New', removed: 'Gone', changed: 'Changed', moved: 'Moved' } as const;

/** Whether another version is the current one than the one that the text began from. */
export function conflictOf({ current }: WorkflowPreview, expected: string | null): boolean {
  return (current?.contentHash ?? null) !== expected;
}

/** What an apply changes, one line each. */
export function summaryOf(preview: WorkflowPreview): string[] {
  const { change, tasks, sections, capabilities, current, known, triggers } = preview;
  if (change === 'unchanged')
    return ['Nothing: only comments or the form of the text differ. The hub keeps the text that it has.'];
  const lines = tasks.map(({ change: what, name, pointer, keywords }) => {
    const which = keywords.length === 0 ? '' : `: ${keywords.join(', ')}`;
    return `${CHANGES[what]} task ${name} (${pointer})${which}`;
  });
  lines.push(...sections.map(({ change: what, pointer }) => `${CHANGES[what]} ${pointer}`));
  lines.push(
    ...capabilities.added.map(
      ({ name, offered }) => `Calls ${name}${offered ? '' : ', which no connection offers'}`,
    ),
    ...capabilities.removed.map((name) => `Does not call ${name} any more`),
  );
  if (known !== null) lines.push(`It is version ${known} again: that one has the same content.`);
  if (current !== null && current.runsUnderWay > 0)
    lines.push(`${current.runsUnderWay} runs under way stay on version ${current.number}.`);
  if (triggers.length > 0)
    lines.push(`New runs of ${triggers.map(({ name }) => name).join(', ')} start on the new version.`);
  if (change === 'created') lines.unshift('A new workflow.');
  return lines;
}

/** Versions to offer when the document changes and still says the one that is applied. */
export function versionOffers({ change, current, version, known }: WorkflowPreview) {
  if (change !== 'updated' || known !== null || current?.version !== version) return [];
  return nextVersions(version);
}
