import { decide, type Decision } from '../../src/index.js';
import { nodesOf } from '../../src/tree.js';
import { failed, throughJson } from '../driver.js';
import type { Parts } from './world.js';

type Made = Extract<Decision, { ignored?: undefined }>;

/** An engine that breaks what the real one decides. */
function breaking(change: (made: Made) => Made): Parts {
  return {
    guard: true,
    decide: (...given) => {
      const decision = decide(...given);
      return decision.ignored === undefined ? change(decision) : decision;
    },
  };
}

function withoutAlarm(type: string): Parts {
  return breaking((made) => {
    const state = throughJson(made.state);
    for (const node of nodesOf(state.root)) if (node.type === type && 'until' in node) delete node.until;
    return { ...made, state };
  });
}

let counted = 0;

/** Ways to break the engine, each of which the simulation must find. */
export const BROKEN: Readonly<Record<string, Parts>> = {
  'drops a call': breaking((made) => ({
    ...made,
    effects: made.effects.filter((effect) => effect.kind !== 'call'),
  })),
  'forgets a call in the state': breaking((made) => {
    const state = throughJson(made.state);
    for (const node of nodesOf(state.root))
      if (node.type === 'call' && node.attempt > 1) node.phase = 'delay';
    return { ...made, state };
  }),
  'sends a call twice': breaking((made) => ({
    ...made,
    effects: made.effects.flatMap((effect) => (effect.kind === 'call' ? [effect, effect] : [effect])),
  })),
  'makes a new key for a retry': breaking((made) => ({
    ...made,
    effects: made.effects.map((effect) =>
      effect.kind === 'call' && effect.attempt > 1
        ? { ...effect, idempotencyKey: `${effect.idempotencyKey}-${effect.attempt}` }
        : effect,
    ),
  })),
  'forgets the alarm of a wait': withoutAlarm('wait'),
  'forgets the alarm of a call': withoutAlarm('call'),
  'ignores the guard of the journal': { decide, guard: false },
  'opens a review twice': breaking((made) => ({
    ...made,
    effects: made.effects.flatMap((effect) => (effect.kind === 'review.open' ? [effect, effect] : [effect])),
  })),
  'goes on after the end': {
    guard: true,
    decide: (...[definition, state, event, now]) =>
      decide(definition, state === null ? null : { ...state, status: 'running' }, event, now),
  },
  'depends on something beside its arguments': breaking((made) => ({
    ...made,
    state: { ...made.state, activations: (counted += 1) },
  })),
  'asks again for a run that was started': breaking((made) => {
    const state = throughJson(made.state);
    for (const node of nodesOf(state.root))
      if (node.type === 'workflow') Object.assign(node, { phase: 'starting', until: node.since + 1 });
    return { ...made, state };
  }),
  'forgets to ask again for a run': withoutAlarm('workflow'),
  'forgets the end of a run that it awaits': {
    guard: true,
    decide: (...[definition, state, event, now]) =>
      event.kind === 'command' && event.command.kind === 'child.ended' && state !== null
        ? { state, effects: [], entries: [] }
        : decide(definition, state, event, now),
  },
  'leaves a run alone that it is to cancel': breaking((made) => ({
    ...made,
    effects: made.effects.filter((effect) => effect.kind !== 'run.cancel'),
  })),
  'takes a faulted run for a completed one': {
    guard: true,
    decide: (...[definition, state, event, now]) => {
      const faulted =
        event.kind === 'command' &&
        event.command.kind === 'child.ended' &&
        event.command.status === 'faulted';
      if (!faulted) return decide(definition, state, event, now);
      const command = { ...event.command, status: 'completed' } as typeof event.command;
      return decide(definition, state, { kind: 'command', command }, now);
    },
  },
  'starts tasks while the run is suspended': {
    guard: true,
    decide: (...[definition, state, event, now]) => {
      const awake = event.kind === 'settled' && state?.suspended ? { ...state, suspended: false } : state;
      const decision = decide(definition, awake, event, now);
      if (awake === state || decision.ignored !== undefined || decision.state.root === undefined)
        return decision;
      return { ...decision, state: { ...decision.state, suspended: true, status: 'suspended' } };
    },
  },
  'loses the output of a call': {
    guard: true,
    decide: (...[definition, state, event, now]) => {
      const lost = event.kind === 'settled' && event.outcome.status === 'succeeded';
      const changed = lost ? { ...event, outcome: { ...event.outcome, output: null } } : event;
      return decide(definition, state, changed as typeof event, now);
    },
  },
  'forgets the writes that were given up': breaking((made) => {
    const state = throughJson(made.state);
    for (const node of nodesOf(state.root)) if (node.type === 'try') delete node.open;
    return { ...made, state };
  }),
  'takes an unknown outcome for a failure': {
    guard: true,
    decide: (...[definition, state, event, now]) => {
      const unknown =
        event.kind === 'settled' && event.outcome.status === 'failed' && event.outcome.fate === 'unknown';
      const outcome = { ...failed('transient') };
      return decide(definition, state, unknown ? { ...event, outcome } : event, now);
    },
  },
  'consumes an event twice': {
    guard: true,
    decide: (...[definition, state, event, now]) => {
      const first = decide(definition, state, event, now);
      if (event.kind !== 'command' || event.command.kind !== 'event' || first.ignored !== undefined)
        return first;
      const again = decide(definition, first.state, event, now);
      if (again.ignored !== undefined) return first;
      return {
        state: again.state,
        effects: [...first.effects, ...again.effects],
        entries: [...first.entries, ...again.entries],
      };
    },
  },
  'forgets an event that it waits for': {
    guard: true,
    decide: (...[definition, state, event, now]) => {
      const lost =
        event.kind === 'command' && event.command.kind === 'event' && event.command.event.type === 'b';
      return decide(definition, state, lost ? { kind: 'due' } : event, now);
    },
  },
  'forgets what a listen has received': breaking((made) => {
    const state = throughJson(made.state);
    for (const node of nodesOf(state.root)) if (node.type === 'listen') node.progress = {};
    return { ...made, state };
  }),
};
