import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { KafkaModule } from '../triggers/kafka/kafka.module.js';
import { ConnectionActivity } from './connection.activity.js';
import { ConnectionHostsController } from './connection-hosts.controller.js';
import { ConnectionsController } from './connections.controller.js';
import { ConnectionsService } from './connections.service.js';
import { SignInsController } from './sign-ins.controller.js';
import { SignInsService } from './sign-ins.service.js';

@Module({
  imports: [AuditModule, EventsModule, KafkaModule],
  controllers: [ConnectionsController, ConnectionHostsController, SignInsController],
  providers: [ConnectionsService, ConnectionActivity, SignInsService],
})
export class ConnectionsModule {}
