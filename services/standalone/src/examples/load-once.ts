import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { BusStateStore, RunStore } from '@tutti/store';
import { ROOT } from '../composition/release.js';
import { loadExamples } from './load-examples.js';

const LOADED = 'examples.loaded';
/**
 * The other services may start later than this one: connector hosts register the plugins that examples need.
 */
const TRIES_MAX = 60;
const TRY_MS = 5_000;

/**
 * Loads the examples into a database that several processes share: one of them, once. Meanwhile this process
 * serves already, because the examples need the other services.
 */
export async function loadExamplesOnce(app: INestApplicationContext, stopped: AbortSignal): Promise<void> {
  const logger = new Logger('Examples');
  try {
    await app.get(RunStore).exclusively('tutti.examples', async () => {
      for (let tries = 1; ; tries++) {
        const failure = await tryLoading(app, logger);
        if (failure === null) return;
        logger.warn(
          `${failure} ${tries < TRIES_MAX ? 'It is tried again.' : 'It is tried again at the next start.'}`,
        );
        if (tries === TRIES_MAX) return;
        await sleep(TRY_MS, undefined, { signal: stopped });
      }
    });
  } catch (error) {
    if (!stopped.aborted) logger.error(`The examples could not be loaded: ${(error as Error).message}`);
  }
}

async function tryLoading(app: INestApplicationContext, logger: Logger): Promise<string | null> {
  const state = app.get(BusStateStore);
  const mark = {
    isSet: async () => (await state.get(LOADED)) !== undefined,
    set: () => state.set(LOADED, new Date().toISOString()),
  };
  try {
    const progress = (step: string) => logger.log(step);
    return await loadExamples({ app, mark, examples: join(ROOT, 'examples'), progress });
  } catch (error) {
    return (error as Error).message;
  }
}
