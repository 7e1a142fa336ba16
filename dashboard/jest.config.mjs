import preset from '../jest.preset.mjs';

export default {
  ...preset,
  displayName: 'dashboard',
  moduleNameMapper: { ...preset.moduleNameMapper, '^@/(.*)$': '<rootDir>/src/$1' },
  modulePathIgnorePatterns: ['<rootDir>/.next/'],
};
