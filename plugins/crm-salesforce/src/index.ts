import { definePlugin } from '@tutti/plugin-sdk';
import { crmCapabilities, crmTriggers } from '@tutti/plugin-sdk/crm';
import { z } from 'zod';
import { bulkCapabilities } from './bulk-capabilities.js';
import { orgCapabilities } from './org-capabilities.js';
import { salesforceCrm } from './salesforce-crm.js';
import { auth, dataPath, httpDefaults, salesforce, Settings } from './settings.js';

const Limits = z.object({ DailyApiRequests: z.object({ Max: z.int(), Remaining: z.int() }) });

export default definePlugin({
  contract: 1,
  name: 'crm-salesforce',
  kind: 'crm',
  summary: 'Salesforce: contacts, notes, tasks, queries in SOQL, and records of any type.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: httpDefaults,
  auth,
  async health(context) {
    const path = dataPath(context.settings, 'limits');
    const { Max, Remaining } = (await salesforce(context).get(path, { reply: Limits })).DailyApiRequests;
    return `${Remaining} of ${Max} API calls of the day are left`;
  },
  capabilities: {
    ...crmCapabilities<Settings>({ open: salesforceCrm, creates: 'write' }),
    ...orgCapabilities,
    ...bulkCapabilities,
  },
  triggers: crmTriggers<Settings>(salesforceCrm),
});
