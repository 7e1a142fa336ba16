/** A jar of Maven Central. */
export interface Jar {
  group: string;
  artifact: string;
  version: string;
  sha256: string;
}

/** Paths of the jars, which are downloaded and checked when they are not there yet. */
export function ensureJars(of?: { cache?: string; jars?: readonly Jar[]; base?: string }): Promise<string[]>;
