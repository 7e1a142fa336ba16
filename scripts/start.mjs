import { become, bootstrap, orExplain } from './bootstrap.mjs';
import { hubEntry } from './setup/paths.mjs';

const flags = process.argv.slice(2);

function wantsDashboard() {
  const off =
    /^(1|true|yes)$/i.test(process.env.TUTTI_NO_DASHBOARD ?? '') ||
    /^(0|false|no)$/i.test(process.env.TUTTI_DASHBOARD ?? '');
  return !off && !flags.includes('--no-dashboard') && !flags.includes('--help');
}

await orExplain(() => bootstrap({ dashboard: wantsDashboard() }));
become(hubEntry, flags);
