import type { SystemSample } from '@tutti/contracts';
import { ServiceInstances } from '@tutti/store';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { z } from 'zod';
import { instanceItem, lagOf } from './instance.items.js';

const SAMPLE_MS = 10_000;
/** A quarter of an hour. */
const SAMPLES_MAX = 90;

type Sample = z.infer<typeof SystemSample>;

/** The lag of the last minutes, as this process saw it: whether it grows says more than how large it is. */
@Injectable()
export class SystemHistory implements OnModuleInit, OnApplicationShutdown {
  private readonly samples: Sample[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(ServiceInstances) private readonly instances: ServiceInstances) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.sample(), SAMPLE_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  read(): Sample[] {
    return [...this.samples];
  }

  async sample(nowMs = Date.now()): Promise<void> {
    try {
      const instances = (await this.instances.list()).map((instance) => instanceItem(instance, nowMs));
      this.samples.push({ at: new Date(nowMs).toISOString(), lag: lagOf(instances) });
      if (this.samples.length > SAMPLES_MAX) this.samples.shift();
    } catch {
      // Without a database there is a gap in the line, and readiness says why.
    }
  }
}
