'use client';
import { useState } from 'react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { Pause, Play, Trash2, Zap } from 'lucide-react';
import type { TriggerDetail } from '@tutti/contracts';
import { Tile } from '@/features/metrics/components/tile';
import { workflowHref } from '@/features/workflows/prepare/workflow-path';
import { formatCount, plural } from '@/format/format';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { DocumentPanel } from '@/ui/document-panel';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { Facts, PageFrame, Panel } from '@/ui/page';
import { RemoveDialog } from '@/ui/remove-dialog';
import { Time } from '@/ui/time';
import { placesText, sourceOf } from '../prepare/trigger';
import { PluginTrigger } from './plugin-trigger';
import { TriggerStatus } from './trigger-status';
import { useApplyTrigger, useEnableTrigger, useRemoveTrigger, useTrigger } from './use-trigger';

function Partitions({ trigger }: { trigger: TriggerDetail }) {
  if (trigger.kind !== 'kafka') return null;
  const { partitions } = trigger;
  return (
    <Panel title="Partitions" note={partitions.length === 0 ? 'nobody reads now' : 'records that wait'}>
      {partitions.length === 0 ? (
        <p className="p-4 text-ink-2">
          {trigger.enabled ? 'They show as soon as a process reads them.' : 'The trigger is paused.'}
        </p>
      ) : (
        <div className="max-h-[320px] overflow-auto" role="group" aria-label="Partitions, table" tabIndex={0}>
          <table className="list" aria-label="Partitions">
            <thead>
              <tr>
                <th scope="col" className="number">
                  Partition
                </th>
                <th scope="col" className="number">
                  Lag
                </th>
                <th scope="col">Read by</th>
              </tr>
            </thead>
            <tbody>
              {partitions.map(({ partition, lag, process }) => (
                <tr key={`${partition} ${process}`}>
                  <td className="number">{partition}</td>
                  <td className="number">{formatCount(lag)}</td>
                  <td className="mono text-ink-2" title={process}>
                    {process.slice(-12)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function RemoveTrigger({ name, onClose }: { name: string; onClose: () => void }) {
  const router = useRouter();
  return (
    <RemoveDialog
      name={name}
      note="No record starts a run of it any more. Runs that it started go on; a new trigger of this name begins anew."
      removal={useRemoveTrigger(name)}
      onRemoved={() => router.push('/triggers')}
      onClose={onClose}
    />
  );
}

function Figures({ trigger }: { trigger: TriggerDetail }) {
  const { records, workflow } = trigger;
  const places = placesText(trigger);
  const facts: [string, React.ReactNode][] = [
    [
      'Workflow',
      <Link key="workflow" className="text-accent hover:underline" href={workflowHref(workflow)}>
        {workflow.namespace}/{workflow.name}
      </Link>,
    ],
    ['Last record', <Time key="last" at={trigger.lastRecordAt} />],
    ...(places === undefined ? [] : ([['Places', places]] as [string, string][])),
    ...(trigger.consumerGroup === null
      ? []
      : ([
          [
            'Group',
            <code key="group" className="mono break-all text-ink-2">
              {trigger.consumerGroup}
            </code>,
          ],
        ] as [string, React.ReactNode][])),
    ['Applied', <Time key="applied" at={trigger.updatedAt} />],
  ];
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Tile label="Runs started" value={formatCount(trigger.runsStarted)} note="since it was made" />
        <Tile label="Lag" value={formatCount(trigger.lag)} note="records that wait" />
        <Tile
          label="Records"
          value={formatCount(records.taken)}
          note={`${formatCount(records.filtered)} filtered, ${formatCount(records.repeated)} repeated`}
        />
        <Tile label="Dead letters" value={formatCount(records.dead)} note="could not be handled" />
      </div>
      <Panel title="How it is" bodyClassName="p-4">
        <Facts items={facts} />
        {records.dead > 0 && (
          <p className="mt-3 border-t border-line pt-3">
            <Link
              className="text-accent hover:underline"
              href={`/dead-letters?topic=${encodeURIComponent(trigger.source)}`}
            >
              Look at the {plural(records.dead, 'dead letter')} of this trigger
            </Link>
          </p>
        )}
      </Panel>
    </>
  );
}

function Missing({ name, error, retry }: { name: string; error: Error; retry: () => void }) {
  return (
    <PageFrame title={name} above={ABOVE}>
      {asProblem(error).status === 404 ? (
        <Panel>
          <Empty
            icon={Zap}
            title="There is no such trigger"
            action={
              <Link href="/triggers" className="text-accent underline">
                All triggers
              </Link>
            }
          />
        </Panel>
      ) : (
        <ProblemNote error={error} retry={retry} />
      )}
    </PageFrame>
  );
}

const ABOVE = [{ href: '/triggers', label: 'Triggers' }];

export function TriggerPage({ name }: { name: string }) {
  const { data: trigger, error, refetch } = useTrigger(name);
  const enable = useEnableTrigger(name);
  const apply = useApplyTrigger();
  const [removing, setRemoving] = useState(false);
  if (error !== null && trigger === undefined)
    return <Missing name={name} error={error} retry={() => void refetch()} />;
  if (trigger === undefined)
    return (
      <PageFrame title={name} above={ABOVE} summary={<Skeleton className="w-60" />}>
        <SkeletonRows />
      </PageFrame>
    );
  const { enabled } = trigger;
  return (
    <PageFrame
      title={name}
      above={ABOVE}
      aside={<TriggerStatus trigger={trigger} soft />}
      summary={<span className="mono">{sourceOf(trigger)}</span>}
      actions={
        <>
          <Button
            icon={enabled ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
            busy={enable.isPending}
            onClick={() => enable.mutate(!enabled)}
          >
            {enabled ? 'Pause' : 'Resume'}
          </Button>
          <Button variant="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setRemoving(true)}>
            Remove
          </Button>
        </>
      }
    >
      {enable.error !== null && <ProblemNote error={enable.error} className="mb-3" />}
      {trigger.error !== null && (
        <p role="alert" className="mb-3 rounded-md border border-line bg-bad-soft p-3">
          <span className="font-medium text-bad">It cannot work now and tries again. </span>
          <span className="break-words text-ink-2">{trigger.error}</span>
        </p>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(320px,38%)] items-start gap-3 max-lg:grid-cols-1">
        <DocumentPanel
          key={trigger.contentHash}
          title="Document"
          note={`version ${trigger.version}`}
          label={`Trigger ${trigger.name}`}
          text={trigger.text}
          apply={apply}
        />
        <div className="flex flex-col gap-3">
          <PluginTrigger trigger={trigger} />
          <Figures trigger={trigger} />
          <Partitions trigger={trigger} />
        </div>
      </div>
      {removing && <RemoveTrigger name={name} onClose={() => setRemoving(false)} />}
    </PageFrame>
  );
}
