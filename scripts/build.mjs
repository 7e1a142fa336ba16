import { bootstrap, orExplain } from './bootstrap.mjs';

await orExplain(() => bootstrap({ dashboard: !process.argv.includes('--no-dashboard') }));
