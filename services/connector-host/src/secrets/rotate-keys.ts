import { Logger } from '@nestjs/common';
import { KeyRotation, type OpenedBox, SweepLoop } from '@tutti/store';
import type { DataSource } from 'typeorm';

const LOOK_EVERY_MS = 2_000;

/** Does from now on what a rotation of the master key needs, when somebody began one. Gives how to end it. */
export function rotateKeys(database: DataSource, opened: OpenedBox): () => Promise<void> {
  const rotation = new KeyRotation(database, opened);
  const logger = new Logger('MasterKey');
  const sweep = async () => {
    const ended = await rotation.work();
    if (ended !== null) logger.log(`${ended.moved} secrets were moved. ${ended.detail}`);
    return LOOK_EVERY_MS;
  };
  const loop = new SweepLoop({
    sweep,
    logger,
    failed: 'Secrets could not be brought under the new master key, and are tried again',
    works: 'Secrets are brought under the new master key again.',
  });
  loop.start();
  return () => loop.stop();
}
