'use client';
import { useRef, useState, type DragEvent } from 'react';
import { Upload } from 'lucide-react';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { ProblemNote } from '@/ui/notes';
import { useUpload } from './use-packages';

/** Where a tarball is dropped or chosen. */
export function TarballDrop() {
  const [share, setShare] = useState(0);
  const [over, setOver] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const upload = useUpload(setShare);
  const send = (chosen: File | undefined) => {
    setShare(0);
    if (chosen !== undefined) upload.mutate(chosen);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    send(event.dataTransfer.files[0]);
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={classNames('border-b border-line px-4 py-2', over && 'bg-hover')}
    >
      <div className="flex flex-wrap items-center gap-3">
        <span className="text-ink-2">Drop a tarball (npm pack) here, or</span>
        <Button
          icon={<Upload size={14} aria-hidden />}
          busy={upload.isPending}
          onClick={() => file.current?.click()}
        >
          Choose a tarball
        </Button>
        <input
          ref={file}
          type="file"
          accept=".tgz,.tar.gz,application/gzip"
          aria-label="Tarball of a plugin"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            send(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        {upload.isPending && (
          <progress aria-label="Sent" value={share} max={1} className="h-2 w-40">
            {Math.round(share * 100)} %
          </progress>
        )}
        {upload.data !== undefined && (
          <span role="status" className="text-ink-2">
            {upload.data.name} {upload.data.version} is here; a connector host reads what it offers.
          </span>
        )}
      </div>
      {upload.error !== null && <ProblemNote error={upload.error} className="mt-2" />}
    </div>
  );
}
