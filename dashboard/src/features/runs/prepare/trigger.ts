import { formatExact, formatMinute, toMs } from '@/format/format';

const SCHEDULE = 'schedule:';
const NAMES: Record<string, string> = {
  api: 'API',
  webhook: 'Webhook',
  retry: 'Retry',
  example: 'Example',
  mcp: 'MCP',
};

/** What started a run, for people. A scheduled one says its planned time, in the time of the browser. */
export function triggerText(trigger: string): string {
  if (trigger.startsWith(SCHEDULE)) {
    const planned = Date.parse(trigger.slice(SCHEDULE.length));
    return Number.isNaN(planned) ? 'Schedule' : `Schedule, ${formatMinute(planned)}`;
  }
  const [kind = '', ...name] = trigger.split(':');
  if (name.length > 0) return `${NAMES[kind] ?? capitalized(kind)} ${name.join(':')}`;
  return NAMES[trigger] ?? trigger;
}

/** The whole of it, for the hover: the exact time of a scheduled one. */
export function triggerTitle(trigger: string): string {
  if (!trigger.startsWith(SCHEDULE)) return trigger;
  const at = trigger.slice(SCHEDULE.length);
  return Number.isNaN(Date.parse(at)) ? trigger : `Planned for ${formatExact(toMs(at))}`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
