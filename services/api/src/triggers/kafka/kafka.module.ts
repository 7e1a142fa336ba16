import { Module } from '@nestjs/common';
import { KafkaConnections } from './kafka-connections.js';

/** The Kafka clusters that triggers read. */
@Module({ providers: [KafkaConnections], exports: [KafkaConnections] })
export class KafkaModule {}
