import { AutoJobRunInput, AutoJobRunOutput } from '@tutti/contracts';
import { definePlugin } from '@tutti/plugin-sdk';
import { goOn, start } from './job.js';
import { httpDefaults, Settings } from './settings.js';

/** Any automation that is started by a request: robots, flows, scripts of others. */
export default definePlugin({
  contract: 1,
  name: 'auto-webhook',
  kind: 'auto',
  summary: 'Automations that are started by a request and answer at once, by a callback, or when asked.',
  settings: Settings,
  hostsFrom: ['baseUrl'],
  http: httpDefaults,
  capabilities: {
    'auto.job.run': {
      summary: 'Start the automation, and wait for its result.',
      effect: 'write',
      input: AutoJobRunInput,
      output: AutoJobRunOutput,
      run: start,
      resume: goOn,
      reconcile: ({ settings }) =>
        Promise.resolve(settings.dropsRepeats ? { happened: false } : { happened: 'unknown' }),
    },
  },
});
