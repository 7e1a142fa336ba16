'use client';
import type { ReactNode } from 'react';
import { Tabs as Radix } from 'radix-ui';
import { classNames } from './class-names';

export interface Tab {
  id: string;
  label: string;
  note?: ReactNode;
  content: ReactNode;
}

interface TabsProps {
  tabs: Tab[];
  value: string;
  onChange: (id: string) => void;
  label: string;
}

/** Tabs; which one is open belongs to the page's address and is handed in. */
export function Tabs({ tabs, value, onChange, label }: TabsProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <Radix.List aria-label={label} className="flex gap-5 border-b border-line">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.id}
            value={tab.id}
            className={classNames(
              '-mb-px flex h-9 items-center gap-1.5 border-b-2 border-transparent font-medium text-ink-2',
              'hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink',
            )}
          >
            {tab.label}
            {tab.note !== undefined && <span className="text-small font-normal text-ink-3">{tab.note}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content
          key={tab.id}
          value={tab.id}
          className="min-h-0 min-w-0 flex-1 pt-4 focus-visible:outline-offset-4"
        >
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
