import { Module } from '@nestjs/common';
import { HooksController } from './hooks.controller.js';

/** Addresses that other systems send to, for triggers of plugins. */
@Module({ controllers: [HooksController] })
export class HooksModule {}
