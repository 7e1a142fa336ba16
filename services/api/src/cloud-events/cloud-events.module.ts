import { Module } from '@nestjs/common';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { CloudEventsController } from './cloud-events.controller.js';
import { CloudEventsIntake } from './cloud-events.intake.js';
import { EventDelivery } from './event.delivery.js';
import { SignalsController } from './signals.controller.js';
import { SignalsService } from './signals.service.js';

@Module({
  imports: [SchedulesModule, TriggersModule],
  controllers: [CloudEventsController, SignalsController],
  providers: [CloudEventsIntake, EventDelivery, SignalsService],
})
export class CloudEventsModule {}
