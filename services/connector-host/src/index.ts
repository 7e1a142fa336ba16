export { CallExecutor } from './calls/call-executor.service.js';
export { CallIntake } from './calls/call-intake.js';
export { ConnectionDirectory } from './connections/connection-directory.service.js';
export { ConnectionTester, type ConnectionHealth } from './connections/connection-tester.service.js';
export { ConnectionNotTested, RemoteConnectionTester } from './connections/remote-connection-tester.js';
export { ConnectorHostConfig } from './connector-host.config.js';
export { ConnectorHost, ConnectorHostModule } from './connector-host.module.js';
export {
  PluginRegistry,
  type CheckedSettings,
  type RegisteredPlugin,
} from './plugins/plugin-registry.service.js';
export { SignIns } from './tokens/sign-ins.js';
export { KnownSecrets } from './redaction/known-secrets.js';
export { ArtifactFiles } from './files/artifact-files.js';
export { LocalHookReader } from './triggers/local-hook-reader.js';
