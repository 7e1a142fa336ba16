import type { WorkflowPreview } from '@tutti/client';
import { oneLine } from '../output/table.js';

const SIGN = { added: '+', removed: '-', changed: '~', moved: '>' } as const;

/** What an apply would change and break, for people; every line begins with what it is. */
export function previewText(preview: WorkflowPreview): string {
  const { namespace, name, change, current, known, tasks, sections, input, capabilities } = preview;
  const workflow = `${namespace}/${name}`;
  if (change === 'unchanged') return `${workflow}: unchanged, #${current?.number} is this content\n`;
  const lines = [
    current === null
      ? `${workflow}: would be created`
      : `${workflow}: would be updated, from #${current.number}${known === null ? '' : ` back to #${known}`}`,
    ...tasks.map((task) => {
      const keywords = task.keywords.length > 0 ? ` (${task.keywords.join(', ')})` : '';
      return `  ${SIGN[task.change]} task ${task.pointer}${keywords}${task.change === 'moved' ? ' (order)' : ''}`;
    }),
    ...sections.map((section) => `  ${SIGN[section.change]} ${section.pointer}`),
    ...input.map(
      ({ pointer, detail, certain }) =>
        `  ! input ${pointer || '/'} ${detail}${certain ? '' : ' (not sure)'}`,
    ),
    ...capabilities.added.map(
      ({ name: capability, offered }) =>
        `  + capability ${capability}${offered ? '' : ' (nobody offers it)'}`,
    ),
    ...capabilities.removed.map((capability) => `  - capability ${capability}`),
    ...(current !== null && current.runsUnderWay > 0
      ? [`  runs under way: ${current.runsUnderWay}, which stay on #${current.number}`]
      : []),
    ...preview.triggers.map(
      ({ name: trigger, kind, enabled }) => `  trigger ${trigger} (${kind}${enabled ? '' : ', paused'})`,
    ),
    ...preview.breaks.map(({ code, message }) => `  BREAKS ${code}: ${message}`),
  ];
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}
