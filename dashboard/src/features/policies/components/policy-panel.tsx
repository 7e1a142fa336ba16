'use client';
import { Button } from '@/ui/button';
import { DocumentPanel } from '@/ui/document-panel';
import { ProblemNote, Skeleton } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import { useToasts } from '@/ui/toasts';
import {
  type PolicyDetail,
  useApplyPolicy,
  usePolicy,
  useRestorePolicy,
  useWithdrawPolicy,
} from './use-policy';

const UNDO_MS = 15_000;

function Versions({ policy }: { policy: PolicyDetail }) {
  const restore = useRestorePolicy(policy.name);
  const toasts = useToasts();
  const again = (version: number) =>
    restore.mutate(version, {
      onSuccess: (applied) => toasts.show(`Version ${version} serves again, as version ${applied.version}`),
    });
  return (
    <Panel title="Versions" note="newest first" className="mt-3" bodyClassName="max-h-[30vh] overflow-y-auto">
      {restore.error !== null && <ProblemNote error={restore.error} className="m-3" />}
      <ul aria-label={`Versions of ${policy.name}`}>
        {policy.versions.map(({ version, active, createdAt, createdBy }) => (
          <li key={version} className="flex items-center gap-3 border-b border-line px-4 py-1.5">
            <span className="font-medium">Version {version}</span>
            <span className="mr-auto truncate text-small text-ink-3">
              <Time at={createdAt} /> by {createdBy}
            </span>
            {active ? (
              <span className="text-small text-ink-2">serves</span>
            ) : (
              <Button
                aria-label={`Restore version ${version}`}
                disabled={restore.isPending}
                onClick={() => again(version)}
              >
                Restore
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Withdraws a policy, and offers to take that back. It outlasts the button, which goes with the policy. */
function useUndoableWithdrawal(name: string) {
  const { mutate, isPending } = useWithdrawPolicy(name);
  const restore = useRestorePolicy(name);
  const toasts = useToasts();
  const withdraw = ({ capability, version }: PolicyDetail) =>
    mutate(undefined, {
      onSuccess: () =>
        toasts.show(`${capability} is routed without a policy now`, {
          action: { label: 'Undo', run: () => restore.mutate(version) },
          forMs: UNDO_MS,
        }),
      onError: (error) => toasts.show(error.message),
    });
  return { withdraw, isPending };
}

/** A policy's document, which can be changed and applied, and its versions. */
export function PolicyPanel({ name, onApplied }: { name: string; onApplied: (name: string) => void }) {
  const { data: policy, error, refetch } = usePolicy(name);
  const apply = useApplyPolicy();
  const { withdraw, isPending } = useUndoableWithdrawal(name);
  if (error !== null) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (policy === undefined)
    return (
      <Panel title={name} bodyClassName="p-4">
        <Skeleton className="h-64" />
      </Panel>
    );
  const { capability, version, active, source } = policy;
  const state = active ? `version ${version}` : 'withdrawn or replaced: it serves no call';
  return (
    <div className="flex min-h-0 flex-col">
      <DocumentPanel
        key={version}
        title={name}
        note={`for ${capability}, ${state}`}
        label={`Policy ${name}`}
        text={source}
        apply={apply}
        onApplied={(applied) => onApplied(applied.name)}
        actions={
          active && (
            <Button busy={isPending} onClick={() => withdraw(policy)}>
              Withdraw
            </Button>
          )
        }
        editorClassName="min-h-[320px] flex-1"
      />
      <Versions policy={policy} />
    </div>
  );
}
