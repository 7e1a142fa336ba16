'use client';
import { useId, useState } from 'react';
import Link from 'next/link';
import { Play } from 'lucide-react';
import type { PluginItem, Trial } from '@tutti/contracts';
import { InputFields, useInput } from '@/features/start-run/components/input-fields';
import { formatDuration } from '@/format/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { JsonView } from '@/ui/json-view';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { Facts } from '@/ui/page';
import { Command } from '@/ui/short-id';
import { Status } from '@/ui/status';
import { trialCommand } from '../prepare/trial';
import { useConnectionsOf, useTrial } from './use-plugin';

interface TrialProps {
  plugin: string;
  capability: PluginItem['capabilities'][number];
  onClose: () => void;
}

/** Calls one capability once, for real, over a connection of the plugin. */
export function TrialDialog({ plugin, capability, onClose }: TrialProps) {
  const connections = useConnectionsOf(plugin);
  const [chosen, setChosen] = useState<string | null>(null);
  const [isSure, setSure] = useState(false);
  const [tried, setTried] = useState(false);
  const input = useInput(capability.input);
  const trial = useTrial(plugin, capability);
  const usable = (connections.data ?? []).filter(({ enabled }) => enabled);
  const connection = chosen ?? usable[0]?.name ?? null;
  const reads = capability.effect === 'read';
  const { faults, parsed } = input;
  const send = () => {
    setTried(true);
    if (connection === null || parsed.fault !== null || faults.length > 0) return;
    trial.mutate({ connection, input: parsed.value });
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={`Try ${capability.name}`}
      note={capability.summary}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="primary"
            icon={<Play size={14} aria-hidden />}
            busy={trial.isPending}
            disabled={connection === null || (!reads && !isSure)}
            onClick={send}
          >
            Call it once
          </Button>
        </>
      }
    >
      {connections.error !== null && <ProblemNote error={connections.error} className="mb-3" />}
      {connections.isPending ? (
        <SkeletonRows rows={2} />
      ) : connection === null ? (
        <p className="mb-3">
          There is no connection of {plugin} that is switched on.{' '}
          <Link href="/connections" className="text-accent hover:underline">
            Make one first.
          </Link>
        </p>
      ) : (
        <ConnectionChoice names={usable.map(({ name }) => name)} value={connection} onChange={setChosen} />
      )}
      <InputFields input={input} faults={tried ? faults : []} />
      {!reads && <Sure capability={capability} isSure={isSure} onChange={setSure} />}
      {trial.error !== null && <ProblemNote error={trial.error} className="mt-3" />}
      {trial.data !== undefined && <Result of={trial.data} />}
      <div className="mt-4 mb-1 text-small text-ink-3">
        The same on the command line:
        <div className="mt-1">
          <Command>
            {trialCommand({ plugin, capability, connection: connection ?? 'NAME', input: parsed.value })}
          </Command>
        </div>
      </div>
    </Dialog>
  );
}

function ConnectionChoice(at: { names: string[]; value: string; onChange: (name: string) => void }) {
  const id = useId();
  return (
    <div className="mb-3">
      <label htmlFor={id} className="mb-1 block font-medium">
        Over the connection
      </label>
      <select
        id={id}
        className="field"
        value={at.value}
        onChange={(event) => at.onChange(event.target.value)}
      >
        {at.names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}

function Sure(at: {
  capability: TrialProps['capability'];
  isSure: boolean;
  onChange: (sure: boolean) => void;
}) {
  return (
    <label className="mt-3 flex items-start gap-2 rounded-md border border-line bg-wait-soft p-3">
      <input
        type="checkbox"
        className="mt-1"
        checked={at.isSure}
        onChange={(event) => at.onChange(event.target.checked)}
      />
      <span>
        This is no rehearsal: {at.capability.name} changes data in the system behind the connection
        {at.capability.effect === 'write' ? ', once for each call.' : '.'} I want to call it.
      </span>
    </label>
  );
}

function Result({ of }: { of: Trial }) {
  return (
    <section aria-label="Result" role="status" className="mt-4 border-t border-line pt-3">
      <Facts
        items={[
          ['Result', <Status key="status" status={of.status === 'succeeded' ? 'completed' : 'faulted'} />],
          ['Time', formatDuration(of.durationMs)],
          ...(of.confidence === undefined ? [] : [['Confidence', String(of.confidence)] as [string, string]]),
          ...(of.usage === undefined ? [] : [['Usage', JSON.stringify(of.usage)] as [string, string]]),
          [
            'Trace',
            <Link key="trace" className="mono text-accent hover:underline" href={`/traces/${of.traceId}`}>
              {of.traceId}
            </Link>,
          ],
        ]}
      />
      {of.error !== undefined && (
        <div className="mt-2 rounded-md bg-bad-soft p-3">
          <p className="font-medium break-words text-bad">{of.error.title}</p>
          {of.error.detail !== undefined && <p className="break-words text-ink-2">{of.error.detail}</p>}
          {of.fate === 'unknown' && (
            <p>It may have happened all the same. Look there before you call it again.</p>
          )}
        </div>
      )}
      {of.status === 'succeeded' && (
        <div className="mt-2">
          <JsonView value={of.output} label="output" />
        </div>
      )}
    </section>
  );
}
