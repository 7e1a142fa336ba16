/** The places of the dashboard, with the second key of `g _`. */
export const PLACES = [
  { href: '/', label: 'Overview', key: 'o', group: 'Work' },
  { href: '/runs', label: 'Runs', key: 'r', group: 'Work' },
  { href: '/reviews', label: 'Reviews', key: 'v', group: 'Work' },
  { href: '/workflows', label: 'Workflows', key: 'w', group: 'Work' },
  { href: '/inventory', label: 'AI inventory', key: 'i', group: 'Observe' },
  { href: '/traces', label: 'Traces', key: 't', group: 'Observe' },
  { href: '/dead-letters', label: 'Dead letters', key: 'd', group: 'Observe' },
  { href: '/system', label: 'System', key: 'h', group: 'Observe' },
  { href: '/triggers', label: 'Triggers', key: 'e', group: 'Connect' },
  { href: '/schedules', label: 'Schedules', key: 'l', group: 'Connect' },
  { href: '/connections', label: 'Connections', key: 'c', group: 'Connect' },
  { href: '/plugins', label: 'Plugins', key: 'p', group: 'Connect' },
  { href: '/policies', label: 'Routing policies', key: 'y', group: 'Connect' },
  { href: '/docs', label: 'Documentation', key: 'm', group: '' },
  { href: '/settings', label: 'Settings and help', key: 's', group: '' },
] as const;
export type Place = (typeof PLACES)[number];

/** Whether a place is where the person is: itself or a page below it. */
export function isHere(href: string, pathname: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TRACE_ID = /^[0-9a-f]{32}$/i;

export interface Jump {
  label: string;
  href: string;
  note?: string;
}

/** Where a typed text can lead without asking the hub: places by name, and ids that were pasted. */
export function jumpsFor(text: string): Jump[] {
  const wanted = text.trim().toLowerCase();
  const places = PLACES.filter(({ label }) => label.toLowerCase().includes(wanted)).map(
    ({ label, href, key }) => ({ label, href, note: `g ${key}` }),
  );
  if (UUID.test(wanted))
    return [
      { label: `Run ${wanted}`, href: `/runs/${wanted}`, note: 'by id' },
      { label: `Review ${wanted}`, href: `/reviews?review=${wanted}`, note: 'by id' },
    ];
  if (TRACE_ID.test(wanted)) return [{ label: `Trace ${wanted}`, href: `/traces/${wanted}`, note: 'by id' }];
  if (wanted === '') return places;
  return [
    ...places,
    {
      label: `Search runs for “${text.trim()}”`,
      href: `/runs?q=${encodeURIComponent(text.trim())}`,
      note: 'runs',
    },
  ];
}
