import type { Provider } from '@nestjs/common';

/** Injection token of the `HookReader`; null where no connector host is at hand. */
export const HOOK_READER = Symbol('HOOK_READER');

export const NO_HOOK_READER: Provider = { provide: HOOK_READER, useValue: null };
