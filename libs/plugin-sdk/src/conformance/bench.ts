import type { CapabilityDescription } from '@tutti/contracts';
import type { Findings } from './findings.js';
import type { Settings, SubjectTrigger } from './subject.js';
import type { CapabilityExample } from './table.js';
import type { Ending, Trials } from './trial.js';

/** One capability as the checks work on it. */
export interface CapabilityBench {
  capability: CapabilityDescription;
  trials: Trials;
  findings: Findings;
}

/** One trigger as the checks work on it. */
export interface TriggerBench {
  name: string;
  trigger: SubjectTrigger;
  /** Of the connection, secrets with them. */
  settings: Settings;
  trials: Trials;
  findings: Findings;
}

/** What an example of a trigger gave. */
export interface TriggerOutcome {
  events: readonly { id: string; data?: unknown }[];
  /** Null: none. */
  cursor: unknown;
}

/** An example that works: the checks vary it. */
export interface WorkingExample {
  /** `crm.contact.find`, with the name or number of the example where there are several. */
  place: string;
  example: CapabilityExample;
  output: unknown;
  /** How many requests it makes. */
  requests: number;
}

/** How an attempt ended, in words. */
export function told(ending: Ending): string {
  switch (ending.how) {
    case 'result':
      return 'it ended with an output';
    case 'reconciled':
      return `it said happened: ${String(ending.value.happened)}`;
    case 'healthy':
      return 'it said that all is well';
    case 'triggered':
      return `it gave ${(JSON.stringify(ending.value) ?? 'nothing').slice(0, 200)}`;
    case 'hung':
      return 'it did not end';
    case 'refused':
      return `its input was refused: ${ending.error.message}`;
    case 'defect':
      return `it failed with a defect: ${ending.error.message}`;
    case 'permanent':
    case 'transient':
      return `it failed with a ${ending.how} error: ${ending.error.message}`;
  }
}
