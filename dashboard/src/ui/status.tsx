import {
  Ban,
  CheckCircle2,
  Circle,
  CircleDashed,
  CircleDot,
  CirclePause,
  CirclePlay,
  CircleSlash2,
  Clock3,
  HelpCircle,
  Hourglass,
  RotateCw,
  SkipForward,
  XCircle,
  type LucideIcon,
} from 'lucide-react';
import { classNames } from './class-names';

type Tone = 'ok' | 'bad' | 'busy' | 'wait' | 'held' | 'idle';

/** Text and soft ground of each tone; the icon says the same for those who do not see the colour. */
export const TONES: Record<Tone, { text: string; soft: string; variable: string }> = {
  ok: { text: 'text-ok', soft: 'bg-ok-soft', variable: 'var(--ok)' },
  bad: { text: 'text-bad', soft: 'bg-bad-soft', variable: 'var(--bad)' },
  busy: { text: 'text-busy', soft: 'bg-busy-soft', variable: 'var(--busy)' },
  wait: { text: 'text-wait', soft: 'bg-wait-soft', variable: 'var(--wait)' },
  held: { text: 'text-held', soft: 'bg-held-soft', variable: 'var(--held)' },
  idle: { text: 'text-idle', soft: 'bg-idle-soft', variable: 'var(--idle)' },
};

interface Look {
  tone: Tone;
  icon: LucideIcon;
  label: string;
  turning?: boolean;
}

const LOOKS: Record<string, Look> = {
  // runs
  pending: { tone: 'idle', icon: CircleDashed, label: 'Pending' },
  running: { tone: 'busy', icon: RotateCw, label: 'Running', turning: true },
  waiting: { tone: 'wait', icon: Hourglass, label: 'Waiting' },
  suspended: { tone: 'held', icon: CirclePause, label: 'Suspended' },
  completed: { tone: 'ok', icon: CheckCircle2, label: 'Completed' },
  faulted: { tone: 'bad', icon: XCircle, label: 'Faulted' },
  cancelled: { tone: 'idle', icon: Ban, label: 'Cancelled' },
  // reviews
  open: { tone: 'wait', icon: CircleDot, label: 'Open' },
  approved: { tone: 'ok', icon: CheckCircle2, label: 'Approved' },
  rejected: { tone: 'bad', icon: XCircle, label: 'Rejected' },
  expired: { tone: 'held', icon: Clock3, label: 'Expired' },
  withdrawn: { tone: 'idle', icon: CircleSlash2, label: 'Withdrawn' },
  // tasks
  started: { tone: 'busy', icon: CirclePlay, label: 'Started' },
  retrying: { tone: 'wait', icon: RotateCw, label: 'Retrying' },
  skipped: { tone: 'idle', icon: SkipForward, label: 'Skipped' },
  idle: { tone: 'idle', icon: Circle, label: 'Not reached' },
  // dead letters
  redriven: { tone: 'ok', icon: CheckCircle2, label: 'Redriven' },
  discarded: { tone: 'idle', icon: Ban, label: 'Discarded' },
  // processes
  starting: { tone: 'busy', icon: CircleDashed, label: 'Starting' },
  ready: { tone: 'ok', icon: CheckCircle2, label: 'Ready' },
  serving: { tone: 'ok', icon: CheckCircle2, label: 'Ready' },
  draining: { tone: 'held', icon: CirclePause, label: 'Draining' },
  stopping: { tone: 'held', icon: CirclePause, label: 'Draining' },
  gone: { tone: 'idle', icon: CircleSlash2, label: 'Gone' },
  // health
  ok: { tone: 'ok', icon: CheckCircle2, label: 'Healthy' },
  failing: { tone: 'bad', icon: XCircle, label: 'Failing' },
  unknown: { tone: 'idle', icon: HelpCircle, label: 'Not checked' },
  off: { tone: 'held', icon: CirclePause, label: 'Off' },
  'plugin-missing': { tone: 'bad', icon: XCircle, label: 'Plugin not loaded' },
  quarantined: { tone: 'bad', icon: Ban, label: 'Quarantined' },
  'hosts-to-confirm': { tone: 'wait', icon: CircleDot, label: 'Hosts to confirm' },
  'sign-in-needed': { tone: 'wait', icon: CircleDot, label: 'Needs a sign-in' },
  loaded: { tone: 'ok', icon: CheckCircle2, label: 'Loaded' },
  failed: { tone: 'bad', icon: XCircle, label: 'Failed' },
  proposed: { tone: 'wait', icon: CircleDot, label: 'Proposed' },
  active: { tone: 'ok', icon: CheckCircle2, label: 'Active' },
  inactive: { tone: 'idle', icon: Circle, label: 'Inactive' },
  // spans
  unset: { tone: 'idle', icon: Circle, label: 'Done' },
  error: { tone: 'bad', icon: XCircle, label: 'Error' },
};

export function statusLook(status: string): Look {
  return LOOKS[status] ?? { tone: 'idle', icon: Circle, label: status };
}

/** A state as icon and word. */
export function Status({ status, soft = false, label }: { status: string; soft?: boolean; label?: string }) {
  const look = statusLook(status);
  const tone = TONES[look.tone];
  return (
    <span
      data-status={status}
      className={classNames(
        'inline-flex items-center gap-1.5 font-medium',
        tone.text,
        soft && classNames('h-6 rounded-full px-2.5 text-small', tone.soft),
      )}
    >
      <StatusIcon status={status} />
      {label ?? look.label}
    </span>
  );
}

export function StatusIcon({ status, size = 14 }: { status: string; size?: number }) {
  const look = statusLook(status);
  return (
    <look.icon
      size={size}
      strokeWidth={2.1}
      aria-hidden
      className={classNames('shrink-0', TONES[look.tone].text, look.turning === true && 'turning')}
    />
  );
}
