import { definePlugin } from '@tutti/plugin-sdk';
import { crmCapabilities, crmTriggers } from '@tutti/plugin-sdk/crm';
import { z } from 'zod';
import { dynamicsCrm } from './dynamics-crm.js';
import { recordCapabilities } from './record-capabilities.js';
import { auth, dynamics, httpDefaults, Settings } from './settings.js';

const WhoAmI = z.object({ UserId: z.string(), OrganizationId: z.string() });

export default definePlugin({
  contract: 1,
  name: 'crm-dynamics',
  kind: 'crm',
  summary: 'Microsoft Dynamics 365: contacts, notes, tasks, and records of any entity set.',
  settings: Settings,
  hosts: ({ baseUrl, authorityUrl }) => [new URL(baseUrl).host, new URL(authorityUrl).host],
  http: httpDefaults,
  auth,
  async health(context) {
    const { UserId, OrganizationId } = await dynamics(context).get('/WhoAmI', { reply: WhoAmI });
    return `Application user ${UserId} of organization ${OrganizationId}`;
  },
  capabilities: {
    ...crmCapabilities<Settings>({ open: dynamicsCrm, creates: 'idempotent-write' }),
    ...recordCapabilities,
  },
  triggers: crmTriggers<Settings>(dynamicsCrm),
});
