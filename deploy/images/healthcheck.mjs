// The probe of a container without curl: ends with 0 when the process answers. `/readyz` asks for more than
// `/healthz`.
const port = process.env.TUTTI_HEALTH_PORT || '4100';
const path = process.argv[2] ?? '/healthz';
const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4_000) }).catch(
  () => null,
);
process.exit(answer?.ok ? 0 : 1);
