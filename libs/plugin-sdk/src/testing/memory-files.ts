import type { ArtifactRef } from '@tutti/contracts';
import { PermanentError } from '../errors.js';
import type { FilesPort } from '../ports.js';

/** Artifacts in memory; `given` are there from the start, by their ids. */
export function memoryFiles(given: Readonly<Record<string, Uint8Array>> = {}): FilesPort {
  const kept = new Map(Object.entries(given));
  return {
    read: ({ $artifact }) => {
      const bytes = kept.get($artifact);
      if (bytes === undefined)
        return Promise.reject(new PermanentError(`There is no artifact ${$artifact}.`, { status: 404 }));
      return Promise.resolve(bytes);
    },
    write: (bytes, { mediaType, name }) => {
      const $artifact = crypto.randomUUID();
      kept.set($artifact, bytes);
      const ref = { $artifact, mediaType, bytes: bytes.length, ...(name !== undefined && { name }) };
      return Promise.resolve(ref as ArtifactRef);
    },
  };
}
