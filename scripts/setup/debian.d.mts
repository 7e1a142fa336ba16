/**
 * Installs packages where that is possible without asking anyone (Debian, as root). Resolves with null, or with
 * what apt-get said, which is nothing where it was not called.
 */
export function installOnDebian(packages: readonly string[]): Promise<string | null>;
