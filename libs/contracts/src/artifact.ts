import { z } from 'zod';

/** The largest artifact that is taken, in bytes (20 MiB). */
export const ARTIFACT_BYTES_MAX = 20 * 1024 * 1024;
/** Values above this many bytes of JSON go to the artifact store and travel as a reference (claim check). */
export const VALUE_BYTES_MAX = 64 * 1024;

/** A reference to a stored artifact. It stands in a value where the bytes would be. */
export const ArtifactRef = z
  .object({
    $artifact: z.uuid().describe('Id of the artifact: GET /v1/artifacts/{id}/content'),
    mediaType: z.string(),
    bytes: z.int().nonnegative(),
    name: z.string().optional(),
    sha256: z.string().optional(),
  })
  .meta({ id: 'ArtifactRef' });
export type ArtifactRef = z.infer<typeof ArtifactRef>;
