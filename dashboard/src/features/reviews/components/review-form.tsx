'use client';
import { useMemo, useRef, useState, type RefObject } from 'react';
import Link from 'next/link';
import { Check, CheckCircle2, Gauge, ScanText, TriangleAlert, X, XCircle } from 'lucide-react';
import type { ReviewDetail } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { SchemaForm } from '@/features/schema-form/components/schema-form';
import { faultsOf } from '@/features/schema-form/prepare/check';
import { formOf, schemaOf, type Schema } from '@/features/schema-form/prepare/fields';
import { editsOf } from '@/features/schema-form/prepare/pointer';
import { plural, shortId } from '@/format/format';
import { Button } from '@/ui/button';
import { JsonView } from '@/ui/json-view';
import { ProblemNote } from '@/ui/notes';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import {
  certaintyOf,
  checksOf,
  confidenceAt,
  confidencesOf,
  editableFields,
  otherContext,
  readingOf,
} from '../prepare/review';
import { useDecisions } from './decisions';

const CERTAINTY = {
  sure: ['text-ok', CheckCircle2],
  unsure: ['text-wait', Gauge],
  doubtful: ['text-bad', TriangleAlert],
} as const;

function Confidence({ value }: { value: number }) {
  const certainty = certaintyOf(value);
  const [colour, Icon] = CERTAINTY[certainty];
  return (
    <span
      className={`inline-flex items-center gap-1 text-small whitespace-nowrap ${colour}`}
      title={`The reader is ${certainty}: confidence ${value.toFixed(2)} of 1`}
    >
      <Icon size={12} aria-hidden />
      {Math.round(value * 100)} %<span className="sr-only"> confidence, {certainty}</span>
    </span>
  );
}

/** Failed checks are shown, passed ones only counted: they are what a person need not look at. */
function Checks({ review }: { review: ReviewDetail }) {
  const checks = checksOf(review.context, review.data);
  const reading = readingOf(review.data);
  const failed = checks.filter(({ passed }) => !passed);
  const passed = checks.length - failed.length;
  return (
    <ul aria-label="Checks" className="flex flex-col gap-1">
      {failed.map(({ name, detail }) => (
        <li key={name} className="flex items-start gap-2">
          <XCircle size={14} className="mt-[3px] shrink-0 text-bad" aria-hidden />
          <span>
            <span className="font-medium">{name}</span> <span className="sr-only">failed</span>{' '}
            {detail !== null && <span className="text-ink-2">{detail}</span>}
          </span>
        </li>
      ))}
      {passed > 0 && (
        <li
          className="flex items-start gap-2"
          title={checks
            .filter((each) => each.passed)
            .map(({ name }) => name)
            .join(', ')}
        >
          <CheckCircle2 size={14} className="mt-[3px] shrink-0 text-ok" aria-hidden />
          {plural(passed, 'check')} passed
        </li>
      )}
      {reading !== null && (
        <li className="flex items-start gap-2 text-ink-2">
          <ScanText size={14} className="mt-[3px] shrink-0" aria-hidden />
          {reading.line}
        </li>
      )}
      {reading?.warnings.map((warning) => (
        <li key={warning} className="flex items-start gap-2 text-ink-2">
          <TriangleAlert size={14} className="mt-[3px] shrink-0 text-wait" aria-hidden />
          {warning}
        </li>
      ))}
    </ul>
  );
}

function Decided({ review }: { review: ReviewDetail }) {
  const { decision } = review;
  if (decision === null) return <p className="text-ink-2">Nobody can decide this any more.</p>;
  return (
    <div className="flex flex-col gap-1.5">
      <p className="flex flex-wrap items-center gap-x-2">
        <Status status={review.status} />
        by {decision.by}, <Time at={decision.at} />
      </p>
      {decision.comment !== undefined && <p className="text-ink-2">“{decision.comment}”</p>}
      <p className="text-ink-3">
        {decision.edits.length === 0
          ? 'No field was edited.'
          : `${plural(decision.edits.length, 'field')} edited; the old values stand at the fields.`}
      </p>
    </div>
  );
}

function useReviewForm(review: ReviewDetail) {
  const [data, setData] = useState<unknown>(review.data);
  const root = useMemo((): Schema => review.form ?? schemaOf(review.data ?? {}), [review.form, review.data]);
  const field = useMemo(() => editableFields(formOf(root, review.data), review.data), [root, review.data]);
  const edits = useMemo(() => editsOf(review.data, data), [review.data, data]);
  return { data, setData, root, field, edits, faults: faultsOf(field, data) };
}

type Settle = (decision: 'approve' | 'reject') => void;
type Box = RefObject<HTMLTextAreaElement | null>;

function useReviewKeys(open: boolean, settle: Settle, commentBox: Box) {
  useKeys(
    open
      ? {
          a: { does: 'Approve', run: () => settle('approve') },
          r: { does: 'Reject', run: () => settle('reject') },
          c: { does: 'Write a comment', run: () => commentBox.current?.focus() },
          e: {
            does: 'Edit the first field',
            run: () =>
              document.querySelector<HTMLElement>('[data-review-form] :is(input, select, textarea)')?.focus(),
          },
        }
      : {},
  );
}

interface DecisionFormProps {
  commentBox: Box;
  comment: string;
  onComment: (comment: string) => void;
  /** How many fields must be mended, and how many were edited. */
  faults: number;
  edits: number;
  settle: Settle;
}

function DecisionForm({ commentBox, comment, onComment, faults, edits, settle }: DecisionFormProps) {
  return (
    <>
      <label htmlFor="review-comment" className="sr-only">
        Comment
      </label>
      <textarea
        id="review-comment"
        ref={commentBox}
        rows={1}
        maxLength={2000}
        value={comment}
        onChange={(event) => onComment(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
        placeholder="Comment for the journal (optional)"
        className="field mb-2 h-auto min-h-8 py-1"
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="text-small text-ink-2" role="status">
          {faults > 0
            ? `${plural(faults, 'field')} to mend before approving`
            : edits > 0
              ? `${plural(edits, 'field')} edited`
              : 'Nothing edited'}
        </span>
        <span className="flex gap-2">
          <Button
            variant="danger"
            icon={<X size={14} aria-hidden />}
            keys="r"
            onClick={() => settle('reject')}
          >
            Reject
          </Button>
          <Button
            variant="primary"
            icon={<Check size={14} aria-hidden />}
            keys="a"
            disabled={faults > 0}
            onClick={() => settle('approve')}
          >
            {edits > 0 ? 'Approve with edits' : 'Approve'}
          </Button>
        </span>
      </div>
    </>
  );
}

function Context({ value }: { value: unknown }) {
  return (
    <div className="mt-4 border-t border-line pt-3">
      <h2 className="mb-1.5 font-semibold">Beside it</h2>
      <JsonView value={value} label="context" />
    </div>
  );
}

function Origin({ review }: { review: ReviewDetail }) {
  return (
    <p className="mt-2 text-small text-ink-3">
      Task {review.task.split('/').at(-1)} of{' '}
      <Link href={`/runs/${review.runId}`} className="text-accent underline">
        run {shortId(review.runId)}
      </Link>
      {review.dueAt !== null && review.status === 'open' && (
        <>
          , due <Time at={review.dueAt} />
        </>
      )}
    </p>
  );
}

/** The fields of a review with how sure each is, and the decision. */
export function ReviewForm({ review, onDecided }: { review: ReviewDetail; onDecided: () => void }) {
  const { data, setData, root, field, edits, faults } = useReviewForm(review);
  const { decide, failures } = useDecisions();
  const [comment, setComment] = useState('');
  const commentBox = useRef<HTMLTextAreaElement>(null);
  const confidences = useMemo(() => confidencesOf(review.context, review.data), [review]);
  const open = review.status === 'open' && review.token !== null;
  const settle = (decision: 'approve' | 'reject') => {
    if (review.token === null || (decision === 'approve' && faults.length > 0)) return;
    const text = comment.trim();
    decide(review, {
      decision,
      token: review.token,
      ...(edits.length > 0 ? { data } : {}),
      ...(text === '' ? {} : { comment: text }),
    });
    onDecided();
  };
  useReviewKeys(open, settle, commentBox);
  const failure = failures.get(review.id);
  const context = otherContext(review.context);
  return (
    <section aria-label="Fields and decision" className="panel flex min-h-0 flex-col overflow-hidden">
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4" tabIndex={0} role="group" aria-label="Fields">
        <div className="mb-4 flex flex-col gap-2">
          <p className="flex gap-2 rounded-md bg-wait-soft px-3 py-2">
            <TriangleAlert size={15} className="mt-[3px] shrink-0 text-wait" aria-hidden />
            <span>{review.because}</span>
          </p>
          <Checks review={review} />
        </div>
        <div data-review-form>
          <SchemaForm
            field={field}
            root={root}
            value={open ? data : (review.decision?.data ?? review.data)}
            before={review.data}
            onChange={setData}
            faults={open ? faults : []}
            readOnly={!open}
            beside={(pointer) => {
              const value = confidenceAt(confidences, pointer);
              return value === null ? null : <Confidence value={value} />;
            }}
          />
        </div>
        {context !== null && <Context value={context} />}
      </div>
      <footer className="border-t border-line px-4 py-3">
        {failure !== undefined && <ProblemNote error={failure} className="mb-2" />}
        {open ? (
          <DecisionForm
            commentBox={commentBox}
            comment={comment}
            onComment={setComment}
            faults={faults.length}
            edits={edits.length}
            settle={settle}
          />
        ) : (
          <Decided review={review} />
        )}
        <Origin review={review} />
      </footer>
    </section>
  );
}
