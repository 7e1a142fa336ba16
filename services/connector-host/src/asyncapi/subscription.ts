import type { AsyncApiSubscription } from '@tutti/contracts';
import { compile, type Program } from '@tutti/jq';
import { ExchangeError } from '../http/exchange.js';
import { LIMITS } from '../limits.js';

/** One message as expressions see it. */
export interface InboundMessage {
  payload: unknown;
  headers: Record<string, string>;
  correlationId?: string;
}

/** Collects messages until a subscription has what it wants. */
export class Collected {
  readonly messages: InboundMessage[] = [];
  readonly #subscription: AsyncApiSubscription;
  readonly #filter: Program | undefined;
  readonly #while: Program | undefined;
  readonly #until: Program | undefined;
  #bytes = 0;

  constructor(subscription: AsyncApiSubscription) {
    this.#subscription = subscription;
    const names = Object.keys(subscription.variables);
    const program = (source: string | undefined) =>
      source === undefined ? undefined : compile(source, { variables: names });
    this.#filter = program(subscription.filter);
    this.#while = program(subscription.while);
    this.#until = program(subscription.until);
  }

  /** Whether it wants no message at all. */
  get complete(): boolean {
    const { amount } = this.#subscription;
    if (amount !== undefined) return this.messages.length >= amount;
    return this.#until !== undefined && this.#test(this.#until, this.messages);
  }

  /** Takes a message that fits; true when that was the last one. Throws what an expression throws. */
  take(message: InboundMessage, bytes: number): boolean {
    if (this.#filter !== undefined && !this.#test(this.#filter, message)) return false;
    this.#bytes += bytes;
    if (this.#bytes > LIMITS.replyBytesMax || this.messages.length >= LIMITS.streamMessagesMax)
      throw new ExchangeError(
        `More than ${LIMITS.streamMessagesMax} messages or ${LIMITS.replyBytesMax} bytes came.`,
        { failure: 'too-large', sent: true },
      );
    this.messages.push(message);
    return this.complete || (this.#while !== undefined && !this.#test(this.#while, this.messages));
  }

  #test(program: Program, input: unknown): boolean {
    const [first] = program.run(input, this.#variables());
    return first !== undefined && first !== null && first !== false;
  }

  /** `$context.consumedMessages` are the messages so far, as in the examples of the specification. */
  #variables(): Record<string, unknown> {
    const { variables } = this.#subscription;
    if (!('context' in variables)) return variables;
    const context = typeof variables.context === 'object' ? variables.context : {};
    return { ...variables, context: { ...context, consumedMessages: this.messages } };
  }
}

/** How long messages are waited for, from when the subscription stands. */
export class Patience {
  readonly #ms: number | undefined;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number | undefined) {
    this.#ms = ms;
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** The subscription stands; a second time is not another beginning. */
  start(): void {
    if (this.#ms !== undefined) this.#timer ??= setTimeout(() => this.#over.abort(), this.#ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** What the bytes of a message are: JSON, or else the text. */
export function payloadOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
