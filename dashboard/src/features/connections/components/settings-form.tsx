'use client';
import { useMemo, useState } from 'react';
import type { ConnectionItem, PluginItem, Problem } from '@tutti/contracts';
import { SchemaForm } from '@/features/schema-form/components/schema-form';
import { faultsOf } from '@/features/schema-form/prepare/check';
import { formOf } from '@/features/schema-form/prepare/fields';
import { editsOf } from '@/features/schema-form/prepare/pointer';
import { refusedFaults, sendable } from '@/features/start-run/prepare/refused';
import { plural } from '@/format/format';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { ProblemNote } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { useToasts } from '@/ui/toasts';
import { useLeaveGuard } from '@/ui/use-leave-guard';
import { labelsOf, sameLabels } from '../prepare/labels';
import { draftOf, faultsOfLimits, limitsOfDraft, sameLimits } from '../prepare/limits';
import { LabelFields } from './label-fields';
import { LimitsFields } from './limits-fields';
import { useSaveConnection } from './use-connection';

/** The settings lie below `/settings` of what is sent. */
function withoutRoot(problem: Problem): Problem {
  const errors = problem.errors?.map(({ pointer = '', ...error }) => ({
    ...error,
    pointer: pointer.replace(/^\/settings/, ''),
  }));
  return errors === undefined ? problem : { ...problem, errors };
}

function SaveBar(at: {
  changes: number;
  wrong: boolean;
  busy: boolean;
  onPutBack: () => void;
  onSave: () => void;
}) {
  const { changes, wrong, busy, onPutBack, onSave } = at;
  return (
    <div className="flex items-center justify-end gap-2 border-t border-line px-4 py-2.5">
      <span className="mr-auto text-small text-ink-2" role="status">
        {changes === 0 ? 'Nothing changed' : `${plural(changes, 'setting')} changed`}
      </span>
      <Button disabled={changes === 0} onClick={onPutBack}>
        Put back
      </Button>
      <Button variant="primary" disabled={changes === 0 || wrong} busy={busy} onClick={onSave}>
        Save
      </Button>
    </div>
  );
}

/** The settings of a connection, whose it is, and its limits: all that a save sends. */
export function SettingsForm({ connection, plugin }: { connection: ConnectionItem; plugin: PluginItem }) {
  const { name, enabled, settings: before, limits } = connection;
  const toasts = useToasts();
  const save = useSaveConnection(() => toasts.show(`Saved ${name}`));
  const [settings, setSettings] = useState<unknown>(before);
  const [draft, setDraft] = useState(() => draftOf(limits));
  const [labels, setLabels] = useState(() => labelsOf(connection));
  // Rows of names and values begin anew when everything is put back.
  const [round, setRound] = useState(0);
  const field = useMemo(() => formOf(plugin.settings), [plugin]);
  const edits = editsOf(before, settings);
  const refused =
    save.error === null ? null : refusedFaults(field, withoutRoot(asProblem(save.error).problem));
  const faults = faultsOf(field, settings);
  const labelsChanged = !sameLabels(labels, connection);
  const limitsFaults = faultsOfLimits(draft);
  const limitsWrong = Object.keys(limitsFaults).length > 0;
  const limitsChanged = limitsWrong || !sameLimits(limitsOfDraft(draft), limits);
  // What performs no calls has nothing to limit.
  const hasLimits = plugin.capabilities.length > 0 || limits !== null;
  const putBack = () => {
    setSettings(before);
    setDraft(draftOf(limits));
    setLabels(labelsOf(connection));
    setRound(round + 1);
    save.reset();
  };
  const changes = edits.length + (limitsChanged ? 1 : 0) + (labelsChanged ? 1 : 0);
  useLeaveGuard(changes > 0, 'The settings that you changed are not saved. Leave them?');
  const send = () => {
    const change = limitsChanged ? { limits: limitsOfDraft(draft) } : {};
    const sent = sendable(field, settings);
    save.mutate({ name, plugin: connection.plugin, settings: sent, enabled, ...labels, ...change });
  };
  return (
    <Panel
      title="Settings"
      note="Secrets stay hidden; leave one as it is to keep it"
      bodyClassName="flex flex-col"
    >
      <div className="p-4">
        {field.children.length === 0 ? (
          <p className="text-ink-3">This plugin has no settings.</p>
        ) : (
          <SchemaForm
            key={round}
            field={field}
            root={plugin.settings}
            value={settings}
            onChange={setSettings}
            faults={[...faults, ...(refused?.faults ?? [])]}
            references
          />
        )}
        {hasLimits && (
          <LimitsFields draft={draft} set={draftOf(limits)} faults={limitsFaults} onChange={setDraft} />
        )}
        <LabelFields labels={labels} onChange={setLabels} />
        {refused?.rest === true && <ProblemNote error={save.error} className="mt-3" />}
      </div>
      <SaveBar
        changes={changes}
        wrong={faults.length > 0 || limitsWrong}
        busy={save.isPending}
        onPutBack={putBack}
        onSave={send}
      />
    </Panel>
  );
}
