'use client';
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react';
import { X } from 'lucide-react';
import { Button, IconButton } from './button';

interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}
interface Toasts {
  show: (text: string, more?: { action?: Toast['action']; forMs?: number }) => () => void;
}
const Context = createContext<Toasts>({ show: () => () => undefined });
const SHOWN_MS = 5000;

export const useToasts = () => useContext(Context);

/** Short messages at the corner, with at most one action such as undo. They never move the page. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const lastId = useRef(0);
  const close = useCallback((id: number) => setToasts((all) => all.filter((each) => each.id !== id)), []);
  const show = useCallback<Toasts['show']>(
    (text, { action, forMs = SHOWN_MS } = {}) => {
      const id = ++lastId.current;
      setToasts((all) => [...all.slice(-2), { id, text, ...(action ? { action } : {}) }]);
      const timer = setTimeout(() => close(id), forMs);
      return () => {
        clearTimeout(timer);
        close(id);
      };
    },
    [close],
  );
  const value = useMemo(() => ({ show }), [show]);
  return (
    <Context.Provider value={value}>
      {children}
      <div
        role="status"
        aria-live="polite"
        className="pointer-events-none fixed right-4 bottom-4 z-50 flex flex-col items-end gap-2"
      >
        {toasts.map(({ id, text, action }) => (
          <div
            key={id}
            className="pointer-events-auto flex items-center gap-3 rounded-lg border border-line bg-raised py-1.5 pr-1.5 pl-4 shadow-float"
          >
            <span>{text}</span>
            {action !== undefined && (
              <Button
                keys="u"
                onClick={() => {
                  action.run();
                  close(id);
                }}
              >
                {action.label}
              </Button>
            )}
            <IconButton label="Dismiss" onClick={() => close(id)}>
              <X size={14} aria-hidden />
            </IconButton>
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}
