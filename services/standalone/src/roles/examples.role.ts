import type { Role } from '../composition/role.types.js';
import { loadExamplesOnce } from '../examples/load-once.js';

/** The API, which loads the examples besides. */
export function withExamples(api: Role): Role {
  const stopping = new AbortController();
  let loading: Promise<void> | null = null;
  return {
    ...api,
    async begin(app, around) {
      const addresses = (await api.begin?.(app, around)) ?? {};
      loading = loadExamplesOnce(app, stopping.signal);
      return addresses;
    },
    async drain(app) {
      stopping.abort();
      await api.drain?.(app);
      await loading;
    },
  };
}
