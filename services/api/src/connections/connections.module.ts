import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KafkaModule } from '../triggers/kafka/kafka.module.js';
import { ConnectionFacts } from './connection-facts.js';
import { ConnectionHostsController } from './connection-hosts.controller.js';
import { ConnectionsController } from './connections.controller.js';
import { ConnectionsService } from './connections.service.js';
import { SignInsController } from './sign-ins.controller.js';
import { SignInsService } from './sign-ins.service.js';

@Module({
  imports: [AuditModule, KafkaModule],
  controllers: [ConnectionsController, ConnectionHostsController, SignInsController],
  providers: [ConnectionsService, ConnectionFacts, SignInsService],
})
export class ConnectionsModule {}
