export * from './runs.api.js';
export * from './workflows.api.js';
export * from './reviews.api.js';
export * from './plugins.api.js';
export * from './telemetry.api.js';
export * from './trigger.api.js';
export * from './common.api.js';
