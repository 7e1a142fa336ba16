import { Module } from '@nestjs/common';
import { RunTraceController, TracesController } from './traces.controller.js';
import { TracesService } from './traces.service.js';

@Module({ controllers: [TracesController, RunTraceController], providers: [TracesService] })
export class TracesModule {}
