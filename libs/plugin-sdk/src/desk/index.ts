export { deskCapabilities } from './desk-capabilities.js';
export type { DeskCallContext, DeskConnector, DeskSystem } from './desk-system.js';
export { neededTicket, unmetChanges } from './tickets.js';
