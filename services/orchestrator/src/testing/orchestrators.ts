import { type Answerer, TestHubDatabase, TestOrchestrator } from '../testing.js';

/** Answers with where the call went. */
export const echo: Answerer = ({ input }) => ({
  status: 'succeeded',
  output: { saw: (input as { uri: string }).uri },
});
/** Never answers. */
export const silent: Answerer = () => undefined;

/** Orchestrators on a database of their own, which end with the test that started them. */
export class TestOrchestrators {
  database!: TestHubDatabase;
  readonly #started: TestOrchestrator[] = [];

  /** Registers the hooks that open and close it. */
  static use(): TestOrchestrators {
    const all = new TestOrchestrators();
    beforeAll(async () => {
      all.database = await TestHubDatabase.open();
    });
    afterEach(() => all.stopAll());
    afterAll(() => all.database.close());
    return all;
  }

  async start(answer: Answerer = echo): Promise<TestOrchestrator> {
    const one = this.make(answer);
    await one.start();
    return one;
  }

  /** One that is not started yet. */
  make(answer: Answerer = echo): TestOrchestrator {
    const one = new TestOrchestrator(this.database, answer);
    this.#started.push(one);
    return one;
  }

  async stopAll(): Promise<void> {
    for (const one of this.#started.splice(0)) await one.stop();
  }
}
