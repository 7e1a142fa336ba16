import type { LifecycleMessage } from '@tutti/contracts';
import { Injectable } from '@nestjs/common';

type Listener = (message: LifecycleMessage) => void;

/**
 * What happens to runs and reviews, as it comes from the bus, for everyone in this process who waits for
 * it.
 */
@Injectable()
export class LifecycleFeed {
  private readonly listeners = new Set<Listener>();

  /** Hands a batch from the bus to all listeners. */
  deliver(messages: readonly LifecycleMessage[]): void {
    for (const message of messages) {
      for (const listener of this.listeners) listener(message);
    }
  }

  /** Returns the function that ends the listening. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
