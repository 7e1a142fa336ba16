import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeadLettersService } from './dead-letters.service.js';
import { LetterSender } from './letter-sender.js';
import { RedriveService } from './redrive.service.js';

@Module({
  imports: [AuditModule, TriggersModule],
  controllers: [DeadLettersController],
  providers: [DeadLettersService, RedriveService, LetterSender],
})
export class DeadLettersModule {}
