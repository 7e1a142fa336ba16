import { Module } from '@nestjs/common';
import { CallbacksController } from './callbacks.controller.js';
import { CallbacksService } from './callbacks.service.js';

/** Addresses at which systems answer calls that they took. */
@Module({ controllers: [CallbacksController], providers: [CallbacksService] })
export class CallbacksModule {}
