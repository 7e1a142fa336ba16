import type { CloudEvent } from '@tutti/contracts';

let made = 0;

/** An event that no other one repeats. */
export function event(type: string, data?: unknown, more: Partial<CloudEvent> = {}): CloudEvent {
  made += 1;
  return {
    specversion: '1.0',
    id: `e${made}`,
    source: 'https://s/',
    type,
    ...(data !== undefined && { data }),
    ...more,
  };
}
