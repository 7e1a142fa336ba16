import { INSTANCE_ALIVE } from '@tutti/store';

const OTHER_ROLES = `('api', 'orchestrator', 'collector')`;

/** SQL of the processes that live and load plugins, as a relation with a condition that can be added to. */
export const LIVE_HOSTS = `service_instances WHERE role NOT IN ${OTHER_ROLES} AND ${INSTANCE_ALIVE}`;
