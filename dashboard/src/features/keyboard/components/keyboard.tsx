'use client';
import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react';
import { keyName, stepKeys } from '../prepare/keys';

export interface Binding {
  does: string;
  run: () => void;
}
type Bindings = Record<string, Binding>;
type Source = { current: Bindings };

const SEQUENCE_MS = 1200;
export const KEYS_OFF_SETTING = 'tutti.keys-off';
const Context = createContext<{ add: (source: Source) => () => void; all: () => Bindings }>({
  add: () => () => undefined,
  all: () => ({}),
});

/** Single keys can be switched off, as WCAG 2.1.4 asks, for those who speak to their computer. */
function keysAreOff(): boolean {
  return localStorage.getItem(KEYS_OFF_SETTING) === 'true';
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable="true"], .cm-editor') !== null
  );
}

/** Presses that belong to the focused control, such as Enter on a button. */
function belongsToControl(key: string, target: EventTarget | null): boolean {
  return (
    (key === 'Enter' || key === ' ') &&
    target instanceof Element &&
    target.closest('a, button, summary, [role="tab"], [role="option"]') !== null
  );
}

/**
 * Listens once for the whole page; the binding that was added last wins, so a dialog or a list can take over
 * keys.
 */
export function KeyboardProvider({ children }: { children: ReactNode }) {
  const sources = useRef<Source[]>([]);
  const value = useMemo(
    () => ({
      add: (source: Source) => {
        sources.current.push(source);
        return () => {
          sources.current = sources.current.filter((each) => each !== source);
        };
      },
      all: () => Object.assign({}, ...sources.current.map((source) => source.current)) as Bindings,
    }),
    [],
  );
  useEffect(() => {
    let typed = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    const press = (event: KeyboardEvent) => {
      const key = keyName(event);
      if (key === undefined || event.defaultPrevented || belongsToControl(key, event.target)) return;
      if (
        key !== 'mod+k' &&
        (isTyping(event.target) || keysAreOff() || document.querySelector('[role="dialog"]') !== null)
      )
        return;
      const bindings = value.all();
      const step = stepKeys(typed, key, Object.keys(bindings));
      typed = step.typed;
      clearTimeout(timer);
      timer = setTimeout(() => {
        typed = '';
      }, SEQUENCE_MS);
      if (step.fires === undefined) return;
      event.preventDefault();
      bindings[step.fires]?.run();
    };
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('keydown', press);
      clearTimeout(timer);
    };
  }, [value]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** Adds keys while the component is there. */
export function useKeys(bindings: Bindings): void {
  const { add } = useContext(Context);
  const source = useRef(bindings);
  useEffect(() => {
    source.current = bindings;
  });
  useEffect(() => add(source), [add]);
}

/** All keys that work now, for the help. */
export function useAllKeys(): () => Bindings {
  return useContext(Context).all;
}
