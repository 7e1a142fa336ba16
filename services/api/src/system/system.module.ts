import { Module } from '@nestjs/common';
import { SystemController } from './system.controller.js';
import { SystemHistory } from './system.history.js';
import { SystemService } from './system.service.js';

@Module({ controllers: [SystemController], providers: [SystemService, SystemHistory] })
export class SystemModule {}
