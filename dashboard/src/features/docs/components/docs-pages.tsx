import Link from 'next/link';
import { PageFrame } from '@/ui/page';
import { classNames } from '@/ui/class-names';
import type { DocsEntry } from '../prepare/docs-files';
import type { DocsPage } from '../prepare/docs-page';

const GROUPS: Record<string, string> = { '': 'The hub', decisions: 'Decisions' };

function groupName(group: string): string {
  return GROUPS[group] ?? `${group.charAt(0).toUpperCase()}${group.slice(1)}`;
}

/** How the hub came to be as it is comes last. */
function rank(group: string): number {
  return group === '' ? 0 : group === 'decisions' ? 2 : 1;
}

function Entries({ entries, here }: { entries: readonly DocsEntry[]; here?: string }) {
  const groups = [...new Set(entries.map(({ group }) => group))].sort((a, b) => rank(a) - rank(b));
  return groups.map((group) => (
    <section key={group} aria-label={groupName(group)} className="mb-4">
      <h2 className="mb-1 text-small font-medium text-ink-3">{groupName(group)}</h2>
      <ul>
        {entries
          .filter((entry) => entry.group === group)
          .map(({ page, title }) => (
            <li key={page}>
              <Link
                href={`/docs/${page}`}
                aria-current={page === here ? 'page' : undefined}
                className={classNames(
                  'block rounded-md px-2 py-0.5 -mx-2 hover:bg-hover',
                  page === here ? 'bg-selected text-ink' : 'text-ink-2',
                )}
              >
                {title}
              </Link>
            </li>
          ))}
      </ul>
    </section>
  ));
}

/** All pages of the documentation. */
export function DocsList({ entries }: { entries: readonly DocsEntry[] }) {
  return (
    <PageFrame title="Documentation" summary="Of this release. Nothing is fetched from elsewhere.">
      <div className="grid gap-x-10 md:grid-cols-2 xl:grid-cols-4">
        <Entries entries={entries} />
      </div>
    </PageFrame>
  );
}

/** One page, with the list of all beside it, and of its sections. */
export function DocsReader({
  page,
  entries,
  here,
}: {
  page: DocsPage;
  entries: readonly DocsEntry[];
  here: string;
}) {
  return (
    <PageFrame title={page.title} above={[{ href: '/docs', label: 'Documentation' }]}>
      <div className="grid min-w-0 items-start gap-8 lg:grid-cols-[220px_minmax(0,760px)_200px]">
        <nav
          aria-label="Pages"
          className="sticky top-4 max-h-[calc(100vh-32px)] overflow-y-auto max-lg:hidden"
        >
          <Entries entries={entries} here={here} />
        </nav>
        {/* Made from the project's own files, in which HTML is shown as text. */}
        <article className="docs min-w-0" dangerouslySetInnerHTML={{ __html: page.html }} />
        {page.sections.length > 1 && (
          <nav
            aria-label="Sections"
            className="sticky top-4 max-h-[calc(100vh-32px)] overflow-y-auto text-small max-lg:hidden"
          >
            <ul className="border-l border-line pl-3">
              {page.sections.map(({ id, text }) => (
                <li key={id}>
                  <a href={`#${id}`} className="block py-0.5 text-ink-2 hover:text-ink">
                    {text}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
      </div>
    </PageFrame>
  );
}
