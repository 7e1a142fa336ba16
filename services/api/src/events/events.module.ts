import { Module } from '@nestjs/common';
import { EventsController } from './events.controller.js';
import { EventsHub } from './events.hub.js';
import { LifecycleFeed } from './lifecycle.feed.js';

@Module({ controllers: [EventsController], providers: [EventsHub, LifecycleFeed], exports: [LifecycleFeed] })
export class EventsModule {}
