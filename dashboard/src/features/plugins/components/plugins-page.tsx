'use client';
import { useState } from 'react';
import { ChevronRight, Puzzle } from 'lucide-react';
import type { PluginItem } from '@tutti/contracts';
import { usePlugins } from '@/features/connections/components/use-connection';
import { plural } from '@/format/format';
import { classNames } from '@/ui/class-names';
import { JsonView } from '@/ui/json-view';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { InstalledPackages } from './installed-packages';
import { Status } from '@/ui/status';

const EFFECTS = {
  read: 'reads',
  'idempotent-write': 'writes, safe to repeat',
  write: 'writes once',
} as const;

function Capability({ capability }: { capability: PluginItem['capabilities'][number] }) {
  const [open, setOpen] = useState(false);
  return (
    <li className="border-t border-line">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-9 w-full items-center gap-2 px-4 py-1 text-left hover:bg-hover"
      >
        <ChevronRight
          size={13}
          aria-hidden
          className={classNames('shrink-0 text-ink-3', open && 'rotate-90')}
        />
        <code className="mono font-medium">{capability.name}</code>
        <span className="min-w-0 truncate text-ink-2">{capability.summary}</span>
        <span className="ml-auto text-small whitespace-nowrap text-ink-3">
          {EFFECTS[capability.effect]}
          {capability.reconciles ? ', reconciles' : ''}
        </span>
      </button>
      {open && (
        <div className="grid grid-cols-2 gap-4 border-t border-line bg-canvas px-4 py-3 max-lg:grid-cols-1">
          <div>
            <p className="mb-1 text-small text-ink-3">Input</p>
            <JsonView value={capability.input} label={`input of ${capability.name}`} />
          </div>
          <div>
            <p className="mb-1 text-small text-ink-3">Output</p>
            <JsonView value={capability.output} label={`output of ${capability.name}`} />
          </div>
        </div>
      )}
    </li>
  );
}

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
        <div className="grid grid-cols-2 items-start gap-3 max-xl:grid-cols-1">
          {(data?.items ?? []).map((plugin) => (
            <Panel
              key={`${plugin.name}@${plugin.version}`}
              title={plugin.name}
              label={`${plugin.name} ${plugin.version}`}
              note={`${plugin.version}, ${plugin.kind}, contract ${plugin.contract}`}
              actions={<Status status={plugin.state} />}
            >
              {(plugin.summary !== undefined || plugin.error !== null) && (
                <p
                  className={classNames(
                    'px-4 py-2.5',
                    plugin.error === null ? 'text-ink-2' : 'bg-bad-soft text-bad',
                  )}
                >
                  {plugin.error ?? plugin.summary}
                </p>
              )}
              <ul>
                {plugin.capabilities.map((capability) => (
                  <Capability key={capability.name} capability={capability} />
                ))}
              </ul>
            </Panel>
          ))}
        </div>
      )}
    </PageFrame>
  );
}
