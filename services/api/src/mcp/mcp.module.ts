import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { ReviewsModule } from '../reviews/reviews.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { McpController } from './mcp.controller.js';
import { McpEndpoint } from './mcp.endpoint.js';
import { McpReviews } from './mcp-reviews.js';
import { McpRuns } from './mcp-runs.js';
import { McpServerFactory } from './mcp-server.factory.js';
import { McpSessions } from './mcp-sessions.js';
import { McpStates } from './mcp-states.js';
import { McpWorkflows } from './mcp-workflows.js';
import { RunFollower } from './run-follower.js';
import { RunTasks } from './tasks/run-tasks.js';

@Module({
  imports: [AuditModule, EventsModule, ReviewsModule, RunsModule],
  controllers: [McpController],
  providers: [
    McpWorkflows,
    McpStates,
    McpRuns,
    McpReviews,
    McpServerFactory,
    McpSessions,
    McpEndpoint,
    RunFollower,
    RunTasks,
  ],
})
export class McpModule {}
