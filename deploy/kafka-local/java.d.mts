/** Finds Java, and installs it where that is possible without asking anyone (Debian, as root). */
export function ensureJava(): Promise<{ path: string; version: string }>;
