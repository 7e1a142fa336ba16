import { Injectable, Logger } from '@nestjs/common';
import { compileTrigger } from './document/compile-trigger.js';
import { TriggerDocument } from './document/trigger.document.js';
import type { LiveTrigger } from './intake/trigger-records.js';
import type { TriggerRow } from './triggers.queries.js';

/** Compiled triggers in memory, by id; a document is compiled once. */
@Injectable()
export class TriggerDirectory {
  private readonly logger = new Logger(TriggerDirectory.name);
  private readonly compiled = new Map<string, { hash: string; live: LiveTrigger }>();

  /**
   * The trigger ready for work; null when its document cannot be compiled, which apply would have refused.
   */
  liveOf(row: TriggerRow): LiveTrigger | null {
    const known = this.compiled.get(row.id);
    if (known?.hash === row.contentHash) return known.live;
    try {
      const document = TriggerDocument.parse(JSON.parse(row.definition));
      const live: LiveTrigger = {
        id: row.id,
        workspaceId: row.workspaceId,
        name: row.name,
        compiled: compileTrigger(document),
      };
      this.compiled.set(row.id, { hash: row.contentHash, live });
      return live;
    } catch (error) {
      this.logger.error(`The trigger ${row.name} cannot be read: ${(error as Error).message}`);
      return null;
    }
  }

  forget(id: string): void {
    this.compiled.delete(id);
  }
}
