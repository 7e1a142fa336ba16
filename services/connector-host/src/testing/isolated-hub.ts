import type { CallOutcome, CallRequest } from '@tutti/contracts';
import { HttpStub } from './http-stub.js';
import { PluginFolder } from './plugin-folder.js';
import { TestHost } from './test-host.js';

/**
 * A hub with one plugin in a process of its own, over a connection `main` to a stub, for all tests of a file.
 */
export class IsolatedHub {
  host!: TestHost;
  stub!: HttpStub;
  readonly #name: string;
  readonly #module: string;
  readonly #settings: Record<string, unknown>;
  #folder!: PluginFolder;

  private constructor(name: string, module: string, settings: Record<string, unknown>) {
    this.#name = name;
    this.#module = module;
    this.#settings = settings;
  }

  /** Registers the hooks that start and stop it. */
  static use(name: string, module: string, settings: Record<string, unknown> = {}): IsolatedHub {
    const hub = new IsolatedHub(name, module, settings);
    beforeAll(() => hub.#start());
    afterAll(() => hub.#stop());
    beforeEach(() => hub.#begin());
    return hub;
  }

  call(capability: string, input: unknown = {}, about: Partial<CallRequest> = {}): Promise<CallOutcome> {
    return this.host.call(capability, input, { ...about });
  }

  async #start(): Promise<void> {
    this.#folder = await PluginFolder.make();
    this.stub = await HttpStub.start();
    this.host = await TestHost.start();
    await this.host.host.registry.add(await this.#folder.add(this.#name, this.#module));
    await this.host.connect(this.#name, { baseUrl: this.stub.origin, ...this.#settings });
  }

  #begin(): void {
    this.stub.seen.length = 0;
    this.host.lines.length = 0;
    this.host.spans.length = 0;
  }

  async #stop(): Promise<void> {
    await this.host.stop();
    await this.stub.stop();
    await this.#folder.remove();
  }
}
