'use client';
import { useAllKeys } from '@/features/keyboard/components/keyboard';
import { Keys } from '@/ui/button';
import { Dialog } from '@/ui/dialog';

/** The keys that work on this page. */
export function KeysHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const all = useAllKeys();
  return (
    <Dialog open={open} onClose={onClose} title="Keys" note="They can be switched off in Settings.">
      <ul className="mb-4 grid grid-cols-2 gap-x-8">
        {open &&
          Object.entries(all()).map(([keys, { does }]) => (
            <li key={keys} className="flex h-8 items-center justify-between border-b border-line">
              <span>{does}</span>
              <span className="sr-only">{keys}</span>
              <Keys keys={keys === 'mod+k' ? '⌘/Ctrl K' : keys} />
            </li>
          ))}
      </ul>
    </Dialog>
  );
}
