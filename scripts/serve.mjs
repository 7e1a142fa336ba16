import { become, bootstrap, orExplain } from './bootstrap.mjs';
import { serviceNodeFlags, serviceEntry } from './setup/paths.mjs';

const [role, ...more] = process.argv.slice(2);

await orExplain(() => bootstrap({ dashboard: role === 'dashboard' }));
become(serviceEntry, [role, ...more].filter(Boolean), serviceNodeFlags);
