import { Module } from '@nestjs/common';
import { TriggersModule } from '../triggers/triggers.module.js';
import { CloudEventsController } from './cloud-events.controller.js';
import { CloudEventsIntake } from './cloud-events.intake.js';

@Module({ imports: [TriggersModule], controllers: [CloudEventsController], providers: [CloudEventsIntake] })
export class CloudEventsModule {}
