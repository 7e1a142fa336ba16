'use client';
import { useState } from 'react';
import type { WorkflowVersion } from '@tutti/contracts';
import { TextDiff } from '@/features/editor/components/text-diff';
import { useWorkflow } from '@/features/workflows/components/use-workflow';
import type { WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { Difference } from './publish-dialog';
import { useDifference } from './use-versions';

function Choice({
  label,
  versions,
  value,
  onChange,
}: {
  label: string;
  versions: readonly WorkflowVersion[];
  value: string;
  onChange: (contentHash: string) => void;
}) {
  return (
    <select
      aria-label={label}
      className="field w-auto"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {versions.map(({ contentHash, number, version, current }) => (
        <option key={contentHash} value={contentHash}>
          #{number} {version}
          {current ? ' (current)' : ''}
        </option>
      ))}
    </select>
  );
}

/** Two versions: their texts line by line, and what the second breaks when the first is the current one. */
export function ComparePanel({ of, versions }: { of: WorkflowName; versions: readonly WorkflowVersion[] }) {
  const current = versions.find((version) => version.current) ?? (versions[0] as WorkflowVersion);
  const other = versions.find((version) => version !== current) ?? current;
  const [left, setLeft] = useState(current.contentHash);
  const [right, setRight] = useState(other.contentHash);
  const [before, after] = [useWorkflow(of, left), useWorkflow(of, right)];
  const difference = useDifference(left === current.contentHash ? after.data?.source : undefined);
  const error = before.error ?? after.error;
  const labelOf = (contentHash: string) =>
    `Version #${versions.find((version) => version.contentHash === contentHash)?.number}`;
  return (
    <Panel
      title="Compare"
      className="mt-3"
      actions={
        <div className="flex items-center gap-2">
          <Choice label="From version" versions={versions} value={left} onChange={setLeft} />
          <span className="text-ink-3">to</span>
          <Choice label="To version" versions={versions} value={right} onChange={setRight} />
        </div>
      }
      bodyClassName="p-4"
    >
      {error !== null && <ProblemNote error={error} />}
      {difference.data !== undefined && <Difference difference={difference.data} />}
      {before.data === undefined || after.data === undefined ? (
        <SkeletonRows rows={6} />
      ) : (
        <div className="mt-3">
          <TextDiff
            before={{ text: before.data.source, label: labelOf(left) }}
            after={{ text: after.data.source, label: labelOf(right) }}
          />
        </div>
      )}
    </Panel>
  );
}
