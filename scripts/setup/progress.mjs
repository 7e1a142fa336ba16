const heartbeatMs = 15_000;

/** Seconds with one decimal while they are few. */
export function formatSeconds(ms) {
  const seconds = ms / 1_000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** Runs one step and says so: at its start, while it lasts, and at its end with the time it took. */
export async function step(label, work) {
  const startedAt = Date.now();
  const elapsed = () => formatSeconds(Date.now() - startedAt);
  console.log(`• ${label} …`);
  const timer = setInterval(() => console.log(`  ${label}: still at it after ${elapsed()}`), heartbeatMs);
  try {
    const result = await work();
    console.log(`  done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
