'use client';
import { useState } from 'react';
import { Plus, Route } from 'lucide-react';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { NewDocumentDialog } from '@/ui/document-panel';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { PolicyPanel } from './policy-panel';
import { type PolicyItem, useApplyPolicy, usePolicies } from './use-policy';

const TEMPLATE = `apiVersion: tutti/v1
kind: RoutingPolicy
metadata:
  name: answers
  summary: The first connection answers; the second one when it is away.
spec:
  capability: model.chat
  objective: ordered
  candidates:
    - connection: first
      timeout: { seconds: 30 }
    - connection: second
  retry: { attempts: 3, delay: { seconds: 1 }, backoff: exponential }
  fallbackOn: [timeout, unavailable, throttled]
  exhausted: fail
`;

interface Choice {
  items: readonly PolicyItem[];
  chosen: string | undefined;
  onChoose: (name: string) => void;
}

function PolicyList({ items, chosen, onChoose }: Choice) {
  return (
    <ul>
      {items.map(({ name, capability, version, active, createdAt }) => (
        <li key={name}>
          <button
            type="button"
            aria-current={name === chosen ? 'true' : undefined}
            onClick={() => onChoose(name)}
            className={classNames(
              'block w-full border-b border-line px-4 py-2 text-left',
              name === chosen ? 'bg-selected' : 'hover:bg-hover',
            )}
          >
            <span className={classNames('block truncate font-medium', active ? '' : 'text-ink-3')}>
              {name}
            </span>
            <span className="block truncate text-small text-ink-3">
              {capability}, {active ? `version ${version}` : 'serves no call'}, <Time at={createdAt} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function NewPolicy({ onApplied, onClose }: { onApplied: (name: string) => void; onClose: () => void }) {
  return (
    <NewDocumentDialog
      title="New routing policy"
      note="A document of kind RoutingPolicy, as a file would have it. It takes the place of the one that its capability has."
      label="Policy document"
      template={TEMPLATE}
      apply={useApplyPolicy()}
      onApplied={({ name }) => {
        onApplied(name);
        onClose();
      }}
      onClose={onClose}
    />
  );
}

export function PoliciesPage() {
  const { get, change } = useUrlState();
  const { data, error, isPending, refetch } = usePolicies();
  const [adding, setAdding] = useState(false);
  const items = data?.items ?? [];
  const chosen = get('policy') || (items.find(({ active }) => active) ?? items[0])?.name;
  const choose = (name: string) => change({ policy: name });
  return (
    <PageFrame
      title="Routing policies"
      fill
      summary="Which connection serves a call, what happens when it fails or is unsure, and when a person decides."
      actions={
        <Button icon={<Plus size={14} aria-hidden />} onClick={() => setAdding(true)}>
          New policy
        </Button>
      }
    >
      {adding && <NewPolicy onApplied={choose} onClose={() => setAdding(false)} />}
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
              <PolicyList items={items} chosen={chosen} onChoose={choose} />
            )}
          </Panel>
          {chosen === undefined ? (
            <Panel>
              <SkeletonRows />
            </Panel>
          ) : (
            <PolicyPanel key={chosen} name={chosen} onApplied={choose} />
          )}
        </div>
      )}
    </PageFrame>
  );
}
