export { Bus, type BatchHandler, type TopicMessages } from './bus.js';
export { InProcessBus } from './in-process.bus.js';
export { InProcessStrategy } from './in-process.strategy.js';
export { BusModule } from './bus.module.js';
