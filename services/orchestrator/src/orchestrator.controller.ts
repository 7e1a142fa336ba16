import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { BatchContext, Handled } from '@tutti/bus';
import { type RunInboxMessage, TOPICS } from '@tutti/contracts';
import { DefinitionCache } from './definitions/definition-cache.js';
import { TurnLoop } from './turns/turn-loop.js';

/** The orchestrator's ear on the bus. */
@Controller()
export class OrchestratorController {
  constructor(
    private readonly turns: TurnLoop,
    private readonly definitions: DefinitionCache,
  ) {}

  @EventPattern<string>(TOPICS.runInbox)
  take(@Payload() messages: RunInboxMessage[], @Ctx() context: BatchContext): Handled {
    return this.turns.enqueue(messages, context.repeats);
  }

  @EventPattern<string>(TOPICS.control)
  hear(): void {
    this.definitions.invalidate();
  }
}
