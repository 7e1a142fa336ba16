import { join } from 'node:path';
import { CONNECTION_SIGN_INS, CONNECTION_TESTER, type ConnectionTester, HOOK_READER } from '@tutti/api';
import { Bus } from '@tutti/bus';
import {
  CallIntake,
  ConnectorHost,
  ConnectorHostModule,
  KnownSecrets,
  LocalHookReader,
  SignIns,
} from '@tutti/connector-host';
import type { EgressMap } from '@tutti/connector-host/egress-map';
import type { VaultConfig } from '@tutti/connector-host/references';
import { TOPICS } from '@tutti/contracts';
import { ROOT } from '../composition/release.js';
import type { Role } from '../composition/role.types.js';
import type { ApiSettings } from './api.role.js';

const OWN_PLUGINS = join(ROOT, 'plugins');

/** Loads the plugins and performs calls. */
export function connectorHostRole(settings: {
  masterKey: string;
  previousKey?: string | undefined;
  lostKeyId?: string | undefined;
  secretEnvAllowed: string[];
  vault: VaultConfig | null;
  egressMap: EgressMap;
  blockPrivateAddresses: boolean;
  allowProcesses: boolean;
  documentFolder: string | null;
  allowContainers: boolean;
  publicApiUrl: string | null;
}): Role {
  const knownSecrets = new KnownSecrets();
  return {
    name: 'connector-host',
    modules: () => [
      ConnectorHostModule.forRoot(
        { pluginFolders: [OWN_PLUGINS], ownPluginFolder: OWN_PLUGINS, ...settings },
        knownSecrets,
      ),
    ],
    // Calls that have not begun are left to the other hosts at once; those under way end, and their results
    // are sent.
    drain: async (app) => {
      const drained = app.get(CallIntake, { strict: false }).drain();
      await app.get(Bus, { strict: false }).stopTaking(TOPICS.calls, drained);
      await drained;
    },
    redact: knownSecrets.redact,
  };
}

/** Reads what is sent to triggers for the API in the same process. */
export const localHookReader: ApiSettings['hookReader'] = {
  provide: HOOK_READER,
  useExisting: LocalHookReader,
};

/** Tests connections for the API in the same process. */
export const localTester: ApiSettings['connectionTester'] = {
  provide: CONNECTION_TESTER,
  inject: [ConnectorHost],
  useFactory: (host: ConnectorHost): ConnectionTester => ({
    test: ({ workspaceId, name }) => host.tester.test(workspaceId, name),
    discover: ({ workspaceId, name }) => host.discoverer.look({ workspaceId, connection: name }),
    tryCall: (request) => host.tryCall(request),
  }),
};

/** Signs connections in for the API in the same process. */
export const localSignIns: ApiSettings['connectionSignIns'] = {
  provide: CONNECTION_SIGN_INS,
  useExisting: SignIns,
};
