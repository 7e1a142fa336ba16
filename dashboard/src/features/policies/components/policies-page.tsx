'use client';
import { useQuery } from '@tanstack/react-query';
import { Route } from 'lucide-react';
import { plural } from '@/format/format';
import { hub, type Page } from '@/hub/client';
import { classNames } from '@/ui/class-names';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { YamlView } from '@/ui/yaml-view';

/** A routing policy as the API lists it. */
interface PolicyItem {
  name: string;
  capability: string;
  version: number | string;
  createdBy?: string;
  createdAt?: string;
}
interface PolicyDetail extends PolicyItem {
  source: string;
  versions?: PolicyItem[];
}

function Policy({ name }: { name: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['policy', name],
    queryFn: ({ signal }) => hub<PolicyDetail>(`/v1/policies/${encodeURIComponent(name)}`, { signal }),
  });
  if (error !== null) return <ProblemNote error={error} retry={() => void refetch()} />;
  return (
    <Panel
      title={name}
      note={
        data === undefined
          ? ''
          : [
              `for ${data.capability}, version ${data.version}`,
              data.createdBy === undefined ? '' : ` by ${data.createdBy}`,
            ].join('')
      }
      className="min-h-0"
      bodyClassName="flex min-h-0 flex-col"
    >
      {data === undefined ? (
        <div className="p-4">
          <Skeleton className="h-64" />
        </div>
      ) : (
        <YamlView text={data.source} label={`Policy ${name}`} className="min-h-[320px] flex-1" />
      )}
      {data?.versions !== undefined && data.versions.length > 1 && (
        <p className="border-t border-line px-4 py-2 text-small text-ink-3">
          {plural(data.versions.length, 'version')} so far; the newest serves.
        </p>
      )}
    </Panel>
  );
}

export function PoliciesPage() {
  const { get, change } = useUrlState();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['policies'],
    queryFn: ({ signal }) => hub<Page<PolicyItem>>('/v1/policies', { query: { limit: 200 }, signal }),
  });
  const items = data?.items ?? [];
  const active = get('policy') || items[0]?.name;
  return (
    <PageFrame
      title="Routing policies"
      fill
      summary="Which connection serves a call, what happens when it fails or is unsure, and when a person decides."
    >
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} className="mb-3" />}
      {!isPending && items.length === 0 ? (
        <Panel>
          <Empty icon={Route} title="No routing policy yet" command="npx tutti apply -f policy.yaml">
            Without one, a capability goes to the only connection that has it. A policy orders several, with
            fallbacks and a floor for confidence.
          </Empty>
        </Panel>
      ) : (
        <div className="grid min-h-0 flex-1 grid-cols-[minmax(240px,26%)_minmax(0,1fr)] gap-3 max-lg:grid-cols-1">
          <Panel label="Policies" className="min-h-0" bodyClassName="overflow-y-auto">
            {isPending ? (
              <SkeletonRows rows={4} height={52} />
            ) : (
              <ul>
                {items.map(({ name, capability, version, createdAt }) => (
                  <li key={name}>
                    <button
                      type="button"
                      aria-current={name === active ? 'true' : undefined}
                      onClick={() => change({ policy: name })}
                      className={classNames(
                        'block w-full border-b border-line px-4 py-2 text-left',
                        name === active ? 'bg-selected' : 'hover:bg-hover',
                      )}
                    >
                      <span className="block truncate font-medium">{name}</span>
                      <span className="block truncate text-small text-ink-3">
                        {capability}, version {version}
                        {createdAt !== undefined && (
                          <>
                            , <Time at={createdAt} />
                          </>
                        )}
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </Panel>
          {active === undefined ? (
            <Panel>
              <SkeletonRows />
            </Panel>
          ) : (
            <Policy key={active} name={active} />
          )}
        </div>
      )}
    </PageFrame>
  );
}
