import { definePlugin, explaining } from '@tutti/plugin-sdk';
import { crmCapabilities, crmTriggers } from '@tutti/plugin-sdk/crm';
import { z } from 'zod';
import { happened } from './happenings.js';
import { hubspotCrm } from './hubspot-crm.js';
import { objectCapabilities } from './object-capabilities.js';
import { explained } from './refusals.js';
import { httpDefaults, Settings } from './settings.js';

const Account = z.object({ portalId: z.int(), accountType: z.string() });

export default definePlugin({
  contract: 1,
  name: 'crm-hubspot',
  kind: 'crm',
  summary: 'HubSpot: contacts, notes, tasks, and records of any type.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: httpDefaults,
  async health({ http }) {
    const path = '/account-info/v3/details';
    const { portalId, accountType } = await explaining(http, explained).get(path, { reply: Account });
    return `Portal ${portalId} (${accountType})`;
  },
  capabilities: {
    ...crmCapabilities<Settings>({ open: hubspotCrm, creates: 'write' }),
    ...objectCapabilities,
  },
  triggers: { ...crmTriggers<Settings>(hubspotCrm), 'hubspot.event.happened': happened },
});
