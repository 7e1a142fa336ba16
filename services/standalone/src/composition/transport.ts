import type { CustomTransportStrategy } from '@nestjs/microservices';
import { type Bus, InProcessBus, InProcessStrategy } from '@tutti/bus';
import { type DatabaseConnection, DeadLetterStore, openHotPool } from '@tutti/store';

/** How the messages of a process travel. */
export interface Transport {
  bus: Bus;
  strategy: CustomTransportStrategy;
  /** What the transport counts since its start, by name. */
  counters(): Record<string, number>;
  /** Stops taking messages and lets those that were taken be done; what is not done comes again. */
  drain(): Promise<void>;
  /** After the last message was published. */
  close(): Promise<void>;
}

/** Within this process: its doors close together with its modules, so there is nothing to drain before. */
export function inProcessTransport(database: DatabaseConnection): Transport {
  // It connects when there is a dead letter to keep.
  const pool = openHotPool(database);
  const bus = new InProcessBus(new DeadLetterStore(pool));
  return {
    bus,
    strategy: new InProcessStrategy(bus),
    counters: () => ({ 'dead-letters': bus.counters.deadLetters }),
    drain: () => Promise.resolve(),
    close: async () => {
      await bus.close();
      await pool.end();
    },
  };
}
