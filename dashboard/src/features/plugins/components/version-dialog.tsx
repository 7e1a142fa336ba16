'use client';
import { useState } from 'react';
import type { PluginVersionDetail } from '@tutti/contracts';
import { classNames } from '@/ui/class-names';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { approvalSections } from '../prepare/version-lines';
import { useApprove, useVersion, type VersionKey } from './use-packages';

/** What a version may do and changes, and the button that makes it the active one. */
export function VersionDialog({ version: key, onClose }: { version: VersionKey; onClose: () => void }) {
  const { data, error } = useVersion(key);
  const approve = useApprove(key);
  const [moveWorkflows, setMove] = useState(false);
  const canApprove = data !== undefined && data.state !== 'active' && data.permissions !== null;
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={`${key.name} ${key.version}`}
      note={data?.integrity}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          {canApprove && (
            <Button
              variant="primary"
              busy={approve.isPending}
              onClick={() =>
                approve.mutate({ revision: data.revision, moveWorkflows }, { onSuccess: onClose })
              }
            >
              Make it the active version
            </Button>
          )}
        </>
      }
    >
      {[error, approve.error].map(
        (problem, i) => problem !== null && <ProblemNote key={i} error={problem} className="mb-3" />,
      )}
      {data === undefined ? <SkeletonRows rows={4} /> : <Sections of={data} />}
      {canApprove && data.touched.length > 0 && (
        <label className="mt-3 flex items-center gap-2">
          <input type="checkbox" checked={moveWorkflows} onChange={() => setMove(!moveWorkflows)} />
          Move these workflows to this version, runs under way included
        </label>
      )}
    </Dialog>
  );
}

function Sections({ of }: { of: PluginVersionDetail }) {
  return approvalSections(of).map(({ title, lines }) => (
    <section key={title} className="mb-3">
      <h3 className="text-small text-ink-3">{title}</h3>
      <ul>
        {lines.map(({ text, breaking }) => (
          <li key={text} className={classNames('py-0.5', breaking && 'text-bad')}>
            {breaking && <strong>Breaking: </strong>}
            {text}
          </li>
        ))}
      </ul>
    </section>
  ));
}
