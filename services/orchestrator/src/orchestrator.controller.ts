import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { BatchContext, Handled } from '@tutti/bus';
import { type LifecycleMessage, type RunInboxMessage, TOPICS } from '@tutti/contracts';
import { Admitter } from './admission/admitter.js';
import { DefinitionCache } from './definitions/definition-cache.js';
import { TurnLoop } from './turns/turn-loop.js';

/** The orchestrator's ear on the bus. */
@Controller()
export class OrchestratorController {
  constructor(
    private readonly turns: TurnLoop,
    private readonly definitions: DefinitionCache,
    private readonly admitter: Admitter,
  ) {}

  @EventPattern<string>(TOPICS.runInbox)
  take(@Payload() messages: RunInboxMessage[], @Ctx() context: BatchContext): Handled {
    return this.turns.enqueue(messages, context.repeats);
  }

  @EventPattern<string>(TOPICS.lifecycle)
  hear(messages: LifecycleMessage[]): void {
    if (messages.some((message) => message.kind === 'definitions.changed')) this.definitions.invalidate();
    this.admitter.hear(messages);
  }
}
