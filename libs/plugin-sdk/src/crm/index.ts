/** What all connectors to CRMs have in common: the canonical capabilities, made of a few operations. */
export { crmCapabilities, type CrmCallContext, type CrmConnector } from './crm-capabilities.js';
export type { ContactFields, CrmSystem, Marked, NewNote, NewTask } from './crm-system.js';
export { crmTriggers } from './crm-triggers.js';
export { nameOf, nameParts } from './person-name.js';
export { signed, unsigned, type SignedText } from './signed-text.js';
