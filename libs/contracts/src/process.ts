import type { DocumentSource } from './protocol-calls.js';

/** Which part of what a process leaves is the output of its task. */
export type ProcessReturn = 'stdout' | 'stderr' | 'code' | 'all' | 'none';

/** The output of a process with `return: all`, named as the DSL names it. */
export interface ProcessResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** What all processes are given. */
interface ProcessCall {
  arguments: string[];
  environment: Record<string, string>;
  stdin?: string;
  return: ProcessReturn;
}

export type ScriptLanguage = 'javascript';

/** `run: script` after its expressions were evaluated: one of `code` and `source` is there. */
export interface ScriptCall extends ProcessCall {
  language: ScriptLanguage;
  code?: string;
  source?: DocumentSource;
}

/** `run: shell` after its expressions were evaluated. */
export interface ShellCall extends ProcessCall {
  command: string;
}

/** `run: container` after its expressions were evaluated. */
export interface ContainerCall extends ProcessCall {
  image: string;
  name?: string;
  command?: string;
  /** Port of the machine to port of the container. */
  ports: Record<string, string>;
  /** Folder or volume to path in the container. */
  volumes: Record<string, string>;
  pullPolicy: 'ifNotPresent' | 'always' | 'never';
  /** Whether the container that has ended is removed: at once, `removeAfterMs` later, or never. */
  cleanup: 'always' | 'never' | 'eventually';
  removeAfterMs?: number;
}
