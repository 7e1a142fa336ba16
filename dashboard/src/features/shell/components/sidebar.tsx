'use client';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useQuery } from '@tanstack/react-query';
import type { Overview } from '@tutti/contracts';
import {
  Activity,
  BookOpen,
  Boxes,
  CircleHelp,
  Gauge,
  GitBranch,
  Inbox,
  ListTree,
  MailWarning,
  Play,
  Plug,
  Route,
  Search,
  Server,
  Settings,
  CalendarClock,
  Zap,
  type LucideIcon,
} from 'lucide-react';
import { useLive } from '@/features/live/components/live';
import { hub } from '@/hub/client';
import { Keys } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { isHere, PLACES, type Place } from '../prepare/places';
import { ThemeToggle } from './theme-toggle';

const ICONS: Record<Place['href'], LucideIcon> = {
  '/': Gauge,
  '/runs': Play,
  '/reviews': Inbox,
  '/workflows': GitBranch,
  '/inventory': Boxes,
  '/traces': ListTree,
  '/dead-letters': MailWarning,
  '/system': Server,
  '/triggers': Zap,
  '/schedules': CalendarClock,
  '/connections': Plug,
  '/plugins': Activity,
  '/policies': Route,
  '/docs': BookOpen,
  '/settings': Settings,
};

/** Reviews that wait, for the badge; the same answer as the overview's, so it costs nothing there. */
function useOpenReviews(): number | undefined {
  return useQuery({
    queryKey: ['overview', 'badge'],
    queryFn: ({ signal }) => hub<Overview>('/v1/metrics/overview', { signal }),
    staleTime: 30_000,
  }).data?.reviews.open;
}

function Item({ place, badge }: { place: Place; badge?: number }) {
  const here = isHere(place.href, usePathname());
  const Icon = ICONS[place.href];
  return (
    <li>
      <Link
        href={place.href}
        aria-current={here ? 'page' : undefined}
        title={`${place.label} (g ${place.key})`}
        className={classNames(
          'flex h-8 items-center gap-2.5 rounded-md px-2.5 font-medium',
          here ? 'bg-selected text-ink' : 'text-ink-2 hover:bg-hover hover:text-ink',
        )}
      >
        <Icon size={15} aria-hidden className={here ? 'text-accent' : undefined} />
        <span className="max-md:sr-only">{place.label}</span>
        {badge !== undefined && badge > 0 && (
          <span
            className="ml-auto rounded-full bg-wait-soft px-1.5 text-small font-semibold text-wait max-md:hidden"
            aria-label={`${badge} waiting`}
          >
            {badge}
          </span>
        )}
      </Link>
    </li>
  );
}

const LIVE = {
  connecting: ['bg-idle', 'Connecting'],
  live: ['bg-ok', 'Live'],
  lost: ['bg-bad', 'Not live, trying again'],
} as const;

function LiveSign() {
  const state = useLive();
  const [colour, label] = LIVE[state];
  return (
    <span
      role="status"
      title={
        state === 'live'
          ? 'Changes appear by themselves.'
          : 'The stream of changes is not open; values may be old.'
      }
      className="flex items-center gap-2 px-2.5 text-small text-ink-3"
    >
      <span className={classNames('size-2 rounded-full', colour)} aria-hidden />
      <span className="max-md:sr-only">{label}</span>
    </span>
  );
}

export function Sidebar({
  theme,
  onSearch,
  onHelp,
}: {
  theme: string;
  onSearch: () => void;
  onHelp: () => void;
}) {
  const openReviews = useOpenReviews();
  const groups = ['Work', 'Observe', 'Connect'];
  return (
    <header className="flex min-h-0 flex-col gap-3 overflow-y-auto border-r border-line bg-canvas px-3 py-3">
      <Link href="/" className="flex items-center gap-2.5 rounded-md px-2 py-1 font-semibold">
        {/* eslint-disable-next-line @next/next/no-img-element */}
        <img src="/icon.svg" alt="" width={22} height={22} />
        <span className="max-md:sr-only">Tutti</span>
      </Link>
      <button
        type="button"
        onClick={onSearch}
        title="Search everything (⌘K or Ctrl K)"
        className="flex h-8 items-center gap-2 rounded-md border border-line bg-surface px-2.5 text-ink-3 hover:border-line-strong"
      >
        <Search size={14} aria-hidden />
        <span className="max-md:sr-only">Search</span>
        <span className="ml-auto max-md:hidden">
          <Keys keys="⌘K" />
        </span>
      </button>
      <nav aria-label="Main" className="flex flex-1 flex-col gap-4">
        {groups.map((group) => (
          <div key={group}>
            <p className="mb-1 px-2.5 text-small text-ink-3 max-md:hidden">{group}</p>
            <ul className="flex flex-col gap-px">
              {PLACES.filter((place) => place.group === group).map((place) => (
                <Item
                  key={place.href}
                  place={place}
                  {...(place.href === '/reviews' && openReviews !== undefined ? { badge: openReviews } : {})}
                />
              ))}
            </ul>
          </div>
        ))}
        <ul className="mt-auto">
          {PLACES.filter((place) => place.group === '').map((place) => (
            <Item key={place.href} place={place} />
          ))}
        </ul>
      </nav>
      <div className="flex items-center justify-between border-t border-line pt-2 max-md:flex-col max-md:gap-2">
        <LiveSign />
        <span className="flex max-md:flex-col">
          <button
            type="button"
            onClick={onHelp}
            aria-label="Show the keys"
            title="Keys (?)"
            className="inline-flex size-8 items-center justify-center rounded-md text-ink-2 hover:bg-hover"
          >
            <CircleHelp size={15} aria-hidden />
          </button>
          <ThemeToggle theme={theme} />
        </span>
      </div>
    </header>
  );
}
