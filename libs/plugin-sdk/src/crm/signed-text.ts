/** A text with what the hub notes below it. */
export interface SignedText {
  text: string;
  /** Where it comes from. */
  source: string | null;
  /** Mark of the call that wrote it; null: a person wrote it. */
  mark: string | null;
}

const SIGNATURE = /\n\n(?:Source: (.*)\n)?Tutti ([0-9a-f]{32})\s*$/;

/** For systems whose notes are a text and nothing more: source and mark stand below it. */
export function signed({ text, source, mark }: SignedText): string {
  if (mark === null) return text;
  return `${text}\n\n${source === null ? '' : `Source: ${source}\n`}Tutti ${mark}`;
}

/** The parts of such a text; one without a signature is a text and nothing more. */
export function unsigned(written: string): SignedText {
  const found = SIGNATURE.exec(written);
  if (found === null) return { text: written, source: null, mark: null };
  return { text: written.slice(0, found.index), source: found[1] ?? null, mark: found[2] ?? null };
}
