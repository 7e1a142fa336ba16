import { Module } from '@nestjs/common';
import { MetricsController, WorkflowMetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';

@Module({ controllers: [MetricsController, WorkflowMetricsController], providers: [MetricsService] })
export class MetricsModule {}
