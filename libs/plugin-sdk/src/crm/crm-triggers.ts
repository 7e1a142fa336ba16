import { CrmContact } from '@tutti/contracts';
import { changedRecords } from '../changes.js';
import type { DatabaseFor } from '../plugin.js';
import type { HttpPort } from '../ports.js';
import type { PollTrigger } from '../trigger.js';
import type { CrmSystem } from './crm-system.js';

/** The canonical triggers of a CRM that is reached over HTTP. */
export function crmTriggers<Settings>(
  open: (context: { http: HttpPort; settings: Settings }) => Pick<CrmSystem, 'contactsChanged'>,
): { 'crm.contact.changed': PollTrigger<typeof CrmContact, Settings, DatabaseFor<never>> } {
  return {
    'crm.contact.changed': {
      summary: 'A contact was made or changed.',
      kind: 'poll',
      event: CrmContact,
      poll: ({ cursor, http, settings }) =>
        changedRecords({ cursor, list: (from) => open({ http, settings }).contactsChanged(from) }),
    },
  };
}
