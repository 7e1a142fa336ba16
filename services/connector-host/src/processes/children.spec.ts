import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Children } from './children.js';

describe('a process', () => {
  test.each([
    ['a NUL in an argument', 'a\0b', /null bytes/],
    ['an argument that is too long', 'x'.repeat(4 * 1024 * 1024), /E2BIG/],
  ])('that cannot be started for %s is told of, and leaves no folder', async (_, argument, detail) => {
    let folder = '';
    const specOf = (made: string) => {
      folder = made;
      expect(existsSync(folder)).toBe(true);
      return { file: '/bin/echo', arguments: [argument], environment: {}, stdin: '' };
    };
    const result = await new Children().run(specOf, performance.now() + 30_000);
    expect(result).toEqual({ stopped: 'unstartable', detail: expect.stringMatching(detail) });
    expect(existsSync(folder)).toBe(false);
  });
});
