import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Bus } from './bus.js';

/** Gives one bus to every module of the process. */
@Global()
@Module({})
export class BusModule {
  static forRoot(bus: Bus): DynamicModule {
    return { module: BusModule, providers: [{ provide: Bus, useValue: bus }], exports: [Bus] };
  }
}
