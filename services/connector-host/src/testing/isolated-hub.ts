import type { CallOutcome, CallRequest } from '@tutti/contracts';
import type { PluginPackage } from '../plugins/plugin-packages.js';
import { HttpStub } from './http-stub.js';
import { PluginFolder } from './plugin-folder.js';
import { TestHost } from './test-host.js';

/** Processes start slowly on a busy machine: how long one state may take to come, and a test of several. */
export const PROCESS_MS = 60_000;
export const PROCESS_TEST_MS = 3 * PROCESS_MS;

interface Extras {
  settings?: Record<string, unknown>;
  /** Files of the package besides its module. */
  files?: Record<string, string>;
}

/**
 * A hub with one plugin in a process of its own, over a connection `main` to a stub, for all tests of a file.
 */
export class IsolatedHub {
  host!: TestHost;
  stub!: HttpStub;
  readonly #name: string;
  readonly #module: string;
  readonly #more: Extras;
  folder!: PluginFolder;
  package!: PluginPackage;

  private constructor(name: string, module: string, more: Extras) {
    this.#name = name;
    this.#module = module;
    this.#more = more;
  }

  /** Registers the hooks that start and stop it. */
  static use(name: string, module: string, more: Extras = {}): IsolatedHub {
    const hub = new IsolatedHub(name, module, more);
    beforeAll(() => hub.#start());
    afterAll(() => hub.#stop());
    beforeEach(() => hub.#begin());
    return hub;
  }

  call(capability: string, input: unknown = {}, about: Partial<CallRequest> = {}): Promise<CallOutcome> {
    return this.host.call(capability, input, { ...about });
  }

  async #start(): Promise<void> {
    this.folder = await PluginFolder.make();
    this.stub = await HttpStub.start();
    this.host = await TestHost.start();
    this.package = await this.folder.add(this.#name, this.#module, {}, this.#more.files);
    await this.host.host.registry.load([this.folder.path]);
    await this.host.connect(this.#name, { baseUrl: this.stub.origin, ...this.#more.settings });
  }

  #begin(): void {
    this.stub.seen.length = 0;
    this.host.lines.length = 0;
    this.host.spans.length = 0;
  }

  async #stop(): Promise<void> {
    await this.host.stop();
    await this.stub.stop();
    await this.folder.remove();
  }
}
