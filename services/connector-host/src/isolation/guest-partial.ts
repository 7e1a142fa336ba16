/** How often the text of a call is sent at most, and how much of it at once. */
const PARTIAL_EVERY_MS = 50;
export const PARTIAL_LENGTH_MAX = 8_192;

/** Collects what a call tells of its output, so that a word is no message of its own. */
export class GuestPartial {
  readonly #send: (text: string) => void;
  #text = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  readonly add = (text: string): void => {
    // More than can be sent at once is left out: it is for people, who could not read it that fast.
    this.#text = (this.#text + String(text)).slice(0, PARTIAL_LENGTH_MAX);
    this.#timer ??= setTimeout(() => {
      const told = this.#text;
      this.end();
      this.#send(told);
    }, PARTIAL_EVERY_MS).unref();
  };

  /** The output is there: what was not sent is of no use any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#text = '';
  }
}
