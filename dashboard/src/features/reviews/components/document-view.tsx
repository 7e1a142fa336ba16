'use client';
import { useQuery } from '@tanstack/react-query';
import { Download, FileQuestion } from 'lucide-react';
import type { ArtifactRef } from '@tutti/contracts';
import { formatBytes } from '@/format/format';
import { hubUrl } from '@/hub/client';
import { Empty, ProblemNote, Skeleton } from '@/ui/notes';

const TEXT_BYTES_MAX = 512 * 1024;
const isText = ({ mediaType, bytes }: ArtifactRef) =>
  /^text\/|json$|xml$|yaml$/.test(mediaType) && bytes <= TEXT_BYTES_MAX;

/** Text is read and shown as text, never as the page of its type, so that nothing in it can run. */
function TextDocument({ href, name }: { href: string; name: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['document', href],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const response = await fetch(href, { signal });
      if (!response.ok) throw new Error(`The document could not be read: ${response.status}`);
      return response.text();
    },
  });
  if (error !== null) return <ProblemNote error={error} retry={() => void refetch()} className="m-4" />;
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton className="h-64" />
      </div>
    );
  return (
    <pre tabIndex={0} aria-label={name} className="mono h-full overflow-auto p-4 whitespace-pre-wrap">
      {data}
    </pre>
  );
}

/** The document that a review is about, beside its fields. */
export function DocumentView({ artifact }: { artifact: ArtifactRef | null }) {
  if (artifact === null)
    return (
      <Empty icon={FileQuestion} title="No document">
        This review is about data only.
      </Empty>
    );
  const href = hubUrl(`/v1/artifacts/${artifact.$artifact}/content`);
  const name = artifact.name ?? 'Document';
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex min-h-9 items-center justify-between gap-3 border-b border-line px-4 text-small">
        <span className="truncate font-medium">{name}</span>
        <a
          href={href}
          download={name}
          className="inline-flex items-center gap-1.5 rounded-[4px] whitespace-nowrap text-ink-2 hover:text-ink hover:underline"
        >
          <Download size={13} aria-hidden />
          {artifact.mediaType}, {formatBytes(artifact.bytes)}
        </a>
      </div>
      <div className="min-h-0 flex-1 bg-canvas">
        {artifact.mediaType === 'application/pdf' ? (
          <iframe
            src={`${href}#toolbar=0&navpanes=0&view=FitH`}
            title={`Document ${name}`}
            className="size-full border-0"
          />
        ) : artifact.mediaType.startsWith('image/') && artifact.mediaType !== 'image/svg+xml' ? (
          // eslint-disable-next-line @next/next/no-img-element
          <div
            className="size-full overflow-auto p-4"
            tabIndex={0}
            role="group"
            aria-label={`Document ${name}`}
          >
            <img src={href} alt={`Document ${name}`} className="mx-auto max-w-full bg-white shadow-float" />
          </div>
        ) : isText(artifact) ? (
          <TextDocument href={href} name={name} />
        ) : (
          <Empty
            icon={FileQuestion}
            title="This kind of document is not shown here"
            action={
              <a href={href} download={name} className="text-accent underline">
                Download it
              </a>
            }
          >
            {artifact.mediaType} could carry scripts, so it is only downloaded.
          </Empty>
        )}
      </div>
    </div>
  );
}
