import { become, bootstrap, orExplain } from './bootstrap.mjs';
import { hubEntry, hubNodeFlags } from './setup/paths.mjs';

const flags = process.argv.slice(2);

const isOn = (value) => /^(1|true|yes|on)$/i.test(value);

/** The hub reads its options itself; this only spares the build of a dashboard that will not be started. */
function wantsDashboard() {
  if (flags.some((flag) => ['--no-dashboard', '--help', '-h'].includes(flag))) return false;
  const { TUTTI_DASHBOARD: wanted, TUTTI_NO_DASHBOARD: unwanted } = process.env;
  return flags.includes('--dashboard') || !(isOn(unwanted ?? '') || (wanted && !isOn(wanted)));
}

await orExplain(() => bootstrap({ dashboard: wantsDashboard() }));
become(hubEntry, flags, hubNodeFlags);
