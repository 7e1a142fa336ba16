import { existsSync } from 'node:fs';

const dashboard = existsSync(new URL('dashboard/jest.config.mjs', import.meta.url))
  ? ['<rootDir>/dashboard']
  : [];

export default {
  projects: [
    '<rootDir>/libs/*',
    '<rootDir>/services/*',
    '<rootDir>/plugins/*',
    '<rootDir>/scripts',
    ...dashboard,
  ],
  reporters: ['<rootDir>/scripts/test-reporter.mjs'],
  maxWorkers: 2,
  // A limit against hanging, not a measure: a test that makes a database may wait long on a busy machine.
  testTimeout: 60_000,
  // ESM module registries are not freed between files; a worker that has grown is replaced.
  workerIdleMemoryLimit: '800MB',
};
