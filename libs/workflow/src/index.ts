import type { Finding } from '@tutti/contracts';
import type { CompiledWorkflow, WorkflowHints } from './compiled.types.js';
import type { WorkflowDocument } from './document.types.js';

export type * from './compiled.types.js';
export type * from './document.types.js';

/** Line and column (from 1) of a JSON pointer in the text. */
export type Locate = (pointer: string) => { line: number; column: number } | undefined;
export interface ParsedWorkflow {
  document?: WorkflowDocument;
  findings: Finding[];
  locate: Locate;
}
export interface LintOptions {
  /** Names of the capabilities that some enabled connection or installed plugin offers; absent: not checked. */
  capabilities?: ReadonlySet<string>;
  /** From `parseWorkflow`, to give the findings line and column. */
  locate?: Locate;
}
/** YAML or JSON text to a document that passed the specification's schema; `document` is absent when a finding is an error. */
export declare function parseWorkflow(text: string): ParsedWorkflow;
/** What would keep the document from running here (`error`) or is likely a mistake (`warning`). */
export declare function lintWorkflow(document: WorkflowDocument, options?: LintOptions): Finding[];
/** Throws WorkflowRefused (with `findings`) when lintWorkflow has an error. */
export declare function compileWorkflow(document: WorkflowDocument): CompiledWorkflow;
export declare class WorkflowRefused extends Error {
  readonly findings: Finding[];
}
/** SHA-256 (hex) of the canonical JSON of a document. */
export declare function contentHash(document: WorkflowDocument): string;
/** JSON Schema of the input, null when the document has none. */
export declare function inputSchema(document: WorkflowDocument): unknown;
/** `metadata.tutti`, title and summary. */
export declare function workflowHints(document: WorkflowDocument): WorkflowHints;
/** Equal error types, whatever prefix they are written with. */
export declare function sameErrorType(a: string, b: string): boolean;
