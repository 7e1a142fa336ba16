'use client';
import { Puzzle } from 'lucide-react';
import { usePlugins } from '@/features/connections/components/use-connection';
import { plural } from '@/format/format';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Catalog } from './catalog';
import { InstalledPackages } from './installed-packages';

export function PluginsPage() {
  const { data, error, isPending, refetch } = usePlugins();
  return (
    <PageFrame
      title="Plugins"
      summary={
        data === undefined
          ? 'Loading …'
          : `${plural(data.items.length, 'plugin')} with ${plural(
              data.items.reduce((sum, { capabilities }) => sum + capabilities.length, 0),
              'capability',
              'capabilities',
            )}`
      }
    >
      <InstalledPackages />
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} className="mb-3" />}
      {isPending ? (
        <Panel>
          <SkeletonRows rows={6} height={56} />
        </Panel>
      ) : data !== undefined && data.items.length === 0 ? (
        <Panel>
          <Empty icon={Puzzle} title="No plugin is installed" command="npx tutti plugins">
            The connector host loads plugins from the folder plugins/ when it starts.
          </Empty>
        </Panel>
      ) : (
        <Catalog plugins={data?.items ?? []} />
      )}
    </PageFrame>
  );
}
