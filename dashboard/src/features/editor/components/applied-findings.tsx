'use client';
import { useState } from 'react';
import Link from 'next/link';
import { ChevronDown, ChevronRight } from 'lucide-react';
import type { WorkflowDetail } from '@tutti/contracts';
import { workflowHref } from '@/features/workflows/prepare/workflow-path';
import { countFindings } from '../prepare/count-findings';
import { FindingsList } from './findings-list';
import { useLint } from './use-lint';

/** What the static check says today of a workflow that is applied; nothing when it is content. */
export function AppliedFindings({ workflow }: { workflow: WorkflowDetail }) {
  const { data } = useLint(workflow.source);
  const [open, setOpen] = useState(false);
  const findings = data?.of === workflow.source ? data.findings : [];
  if (findings.length === 0) return null;
  const Fold = open ? ChevronDown : ChevronRight;
  const worst = findings.some(({ severity }) => severity === 'error');
  return (
    <section aria-label="Findings of the static check" className="panel mb-3 overflow-hidden">
      <div className="flex items-center justify-between gap-3 py-1 pr-4 pl-2">
        <button
          type="button"
          aria-expanded={open}
          className="flex h-8 items-center gap-1.5 rounded-md px-1.5 font-medium hover:bg-hover"
          onClick={() => setOpen(!open)}
        >
          <Fold size={14} aria-hidden />
          <span className={worst ? 'text-bad' : 'text-wait'}>{countFindings(findings)}</span>
          <span className="font-normal text-ink-2">
            {worst ? 'as the hub is today' : 'of the static check'}
          </span>
        </button>
        <Link href={`${workflowHref(workflow)}/edit`} className="text-accent hover:underline">
          Open in the editor
        </Link>
      </div>
      {open && (
        <div
          className="max-h-[40vh] overflow-y-auto border-t border-line"
          tabIndex={0}
          role="group"
          aria-label="List of findings"
        >
          <FindingsList findings={findings} />
        </div>
      )}
    </section>
  );
}
