import preset from './jest.preset.mjs';

// Suites that start the whole hub, kill it, or drive a browser. They share ports, processor and nerves: one at a time.
export default {
  ...preset,
  displayName: 'e2e',
  testMatch: ['<rootDir>/services/**/*.e2e.ts', '<rootDir>/dashboard/**/*.e2e.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dashboard/.next/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.next/'],
  reporters: ['<rootDir>/scripts/test-reporter.mjs'],
  maxWorkers: 1,
  testTimeout: 120_000,
};
