import type { SpanSource } from '@tutti/telemetry';
import type { Attributes } from './attribute-reader.js';

/** A GenAI metric's point or a GenAI event: it tells of models, agents and tools in use. */
export interface GenAiObservation {
  source: SpanSource;
  /** Name of the metric or of the event. */
  name: string;
  attributes: Attributes;
}

/** What a request of metrics or logs holds, as far as the hub uses it. */
export interface SignalContent {
  /** Data points or log records. */
  items: number;
  observations: readonly GenAiObservation[];
}

/** Names that tell of AI in use; of other metrics and logs only the number is kept. */
export function isGenAiName(name: string): boolean {
  return name.startsWith('gen_ai.') || name.startsWith('mcp.');
}
