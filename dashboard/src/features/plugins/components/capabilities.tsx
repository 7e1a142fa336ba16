'use client';
import { useState } from 'react';
import { ChevronRight, Play } from 'lucide-react';
import type { PluginItem } from '@tutti/contracts';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { JsonView } from '@/ui/json-view';
import { Segments } from '@/ui/segments';
import { schemaRows } from '../prepare/schema-rows';
import { TrialDialog } from './trial-dialog';

export type CapabilityItem = PluginItem['capabilities'][number];

export const EFFECTS = {
  read: 'reads',
  'idempotent-write': 'writes, safe to repeat',
  write: 'writes once',
} as const;
const VIEWS = [
  ['table', 'Table'],
  ['json', 'JSON'],
] as const;

/** A schema as a table for people, and as it is. */
export function SchemaView({ schema, title, label }: { schema: unknown; title: string; label: string }) {
  const [view, setView] = useState<'table' | 'json'>('table');
  const rows = schemaRows(schema);
  return (
    <div className="min-w-0">
      <div className="mb-1.5 flex items-center justify-between gap-2">
        <h3 className="text-small text-ink-3">{title}</h3>
        <Segments
          label={`How to show the ${label}`}
          options={VIEWS}
          value={view}
          onChange={(id) => setView(id === 'json' ? 'json' : 'table')}
        />
      </div>
      {view === 'json' ? (
        <JsonView value={schema} label={label} />
      ) : rows.length === 0 ? (
        <p className="text-ink-3">No properties that are known by name.</p>
      ) : (
        <table className="w-full text-left">
          <caption className="sr-only">{label}</caption>
          <thead className="text-small text-ink-3">
            <tr>
              <th className="pr-3 pb-1 font-normal">Name</th>
              <th className="pr-3 pb-1 font-normal">Type</th>
              <th className="pb-1 font-normal">Note</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, type, required, note }) => (
              <tr key={name} className="border-t border-line align-top">
                <td className="mono py-1 pr-3 break-all">
                  {name}
                  {required && <span title="has to be there"> *</span>}
                </td>
                <td className="py-1 pr-3 text-ink-2">{type}</td>
                <td className="py-1 text-ink-2">{note}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Capability({ plugin, capability }: { plugin: PluginItem; capability: CapabilityItem }) {
  const [open, setOpen] = useState(false);
  const [trying, setTrying] = useState(false);
  return (
    <li className="border-t border-line first:border-t-0">
      <div className="flex min-h-10 items-center gap-2 pr-4 hover:bg-hover">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex min-h-10 min-w-0 flex-1 items-center gap-2 py-1 pl-4 text-left"
        >
          <ChevronRight
            size={13}
            aria-hidden
            className={classNames('shrink-0 text-ink-3', open && 'rotate-90')}
          />
          <code className="mono font-medium">{capability.name}</code>
          <span className="min-w-0 truncate text-ink-2">{capability.summary}</span>
          <span className="ml-auto text-small whitespace-nowrap text-ink-3">
            {EFFECTS[capability.effect]}
            {capability.reconciles ? ', reconciles' : ''}
          </span>
        </button>
        <Button
          icon={<Play size={13} aria-hidden />}
          aria-label={`Try it: ${capability.name}`}
          disabled={plugin.state !== 'loaded'}
          onClick={() => setTrying(true)}
        >
          Try it
        </Button>
      </div>
      {open && (
        <div className="grid grid-cols-2 gap-6 border-t border-line bg-canvas px-4 py-3 max-lg:grid-cols-1">
          <SchemaView schema={capability.input} title="Input" label={`input of ${capability.name}`} />
          <SchemaView schema={capability.output} title="Output" label={`output of ${capability.name}`} />
        </div>
      )}
      {trying && (
        <TrialDialog plugin={plugin.name} capability={capability} onClose={() => setTrying(false)} />
      )}
    </li>
  );
}

/** What a plugin can do, each with its schemas and a form to try it. */
export function Capabilities({ plugin }: { plugin: PluginItem }) {
  return plugin.capabilities.length === 0 ? (
    <p className="px-4 py-3 text-ink-2">It offers nothing that could be called.</p>
  ) : (
    <ul>
      {plugin.capabilities.map((capability) => (
        <Capability key={capability.name} plugin={plugin} capability={capability} />
      ))}
    </ul>
  );
}
