import type { TriggerItem } from '@tutti/contracts';
import { Status } from '@/ui/status';

const LABELS: Record<TriggerItem['state'], string> = {
  starting: 'Starting',
  running: 'Reading',
  paused: 'Paused',
  failing: 'Failing',
};
/** A trigger that works is no news, so it does not turn as a run does. */
const LOOKS: Record<TriggerItem['state'], string> = {
  starting: 'starting',
  running: 'ready',
  paused: 'suspended',
  failing: 'failing',
};

export function TriggerStatus({ trigger, soft = false }: { trigger: TriggerItem; soft?: boolean }) {
  const { state, kind } = trigger;
  const label = state === 'running' && kind === 'cloudevents' ? 'Listening' : LABELS[state];
  return <Status status={LOOKS[state]} label={label} soft={soft} />;
}
