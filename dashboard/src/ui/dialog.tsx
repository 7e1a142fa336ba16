'use client';
import type { ReactNode } from 'react';
import { Dialog as Radix } from 'radix-ui';
import { X } from 'lucide-react';
import { IconButton } from './button';
import { classNames } from './class-names';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  note?: ReactNode;
  /** `full`: as much as the window gives, for two texts side by side. */
  wide?: boolean | 'full';
  children: ReactNode;
  footer?: ReactNode;
}

/** A dialog with title, body that scrolls, and actions. */
export function Dialog({ open, onClose, title, note, wide = false, children, footer }: DialogProps) {
  return (
    <Radix.Root
      open={open}
      onOpenChange={(value) => {
        if (!value) onClose();
      }}
    >
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          {...(note === undefined ? { 'aria-describedby': undefined } : {})}
          className={classNames(
            'fixed left-1/2 z-50 flex w-[calc(100vw-32px)] -translate-x-1/2 flex-col',
            'rounded-lg border border-line bg-raised shadow-float',
            wide === 'full' ? 'top-[5vh] max-h-[90vh] max-w-[1240px]' : 'top-[12vh] max-h-[76vh]',
            wide === true && 'max-w-[760px]',
            wide === false && 'max-w-[520px]',
          )}
        >
          <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-2">
            <div>
              <Radix.Title className="font-semibold">{title}</Radix.Title>
              {note !== undefined && <Radix.Description className="text-ink-2">{note}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close" className="-mr-2">
                <X size={16} aria-hidden />
              </IconButton>
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-2" tabIndex={-1}>
            {children}
          </div>
          {footer !== undefined && (
            <div className="flex items-center justify-end gap-2 border-t border-line px-5 py-3">{footer}</div>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
