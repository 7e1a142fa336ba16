import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of conformance suites and data by others: beside the project, or where TUTTI_SHARED says. */
const SHARED = process.env.TUTTI_SHARED ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared');

/** Path of a file or folder below the shared folder; it may not exist. */
export function sharedPath(...parts: string[]): string {
  return join(SHARED, ...parts);
}

/**
 * `describe` for suites that read the shared folder. Where it is missing the suite is skipped, under a name
 * that says what is missing and where to put it: names are what every reporter prints. Read files inside of
 * `body` only, because it is not called then.
 */
export function describeShared(parts: readonly string[], title: string, body: () => void): void {
  const path = sharedPath(...parts);
  if (existsSync(path)) {
    describe(title, body);
    return;
  }
  describe.skip(title, () => {
    it(`needs ${path}: put the folder there, or set TUTTI_SHARED to where it is`, () => undefined);
  });
}
