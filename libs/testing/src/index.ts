export { createTestDatabase, type TestDatabase } from './test-database.js';
export { eventually } from './eventually.js';
export { createPluginDatabase, type PluginTestDatabase } from './plugin-database.js';
export { describeShared, sharedPath } from './shared-path.js';
export {
  type KafkaOptions,
  type LocalKafka,
  startTestKafkaCluster,
  testKafka,
  type TestKafka,
} from './test-kafka.js';
export {
  type ForeignKafka,
  foreignKafka,
  type ForeignRecord,
  type ForeignRecordRead,
  kcat,
} from './foreign-kafka.js';
export { conformanceKit, type PlayedRun, playScenario, type PlayWorkflow } from './conformance-kit.js';
export {
  pluginTarball,
  tarballOf,
  type TarEntry,
  type TestPlugin,
  testPluginModule,
} from './plugin-tarball.js';
export {
  startTryton,
  type TestTryton,
  trytonDate,
  trytonDecimal,
  type TrytonRpc,
} from './servers/test-tryton.js';
export { type Fault, FaultyProxy, type PassedRequest } from './servers/faulty-proxy.js';
export { startRequestTracker, type TestRequestTracker } from './servers/test-request-tracker.js';
export { startWordPress, type TestWordPress } from './servers/test-wordpress.js';
export { installedPackages } from './servers/installed-packages.js';
export { type RunningServer, onUnusedPort, startServer } from './servers/server-process.js';
export { startMail, type TestMail } from './servers/test-mail.js';
