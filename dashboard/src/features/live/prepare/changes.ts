/** Which cached answers an event of the hub makes old; keys as the queries use them. */
export function staleKeys(type: string, data: unknown): string[][] {
  const { runId, reviewId, id } = (typeof data === 'object' && data !== null ? data : {}) as Record<
    string,
    unknown
  >;
  const run =
    typeof runId === 'string' ? runId : type === 'run.changed' && typeof id === 'string' ? id : undefined;
  const review =
    typeof reviewId === 'string'
      ? reviewId
      : type === 'review.changed' && typeof id === 'string'
        ? id
        : undefined;
  const ofRun = run === undefined ? [] : [['run', run]];
  switch (type) {
    case 'run.changed':
      return [['runs'], ...ofRun, ['overview'], ['workflows']];
    case 'review.changed':
      return [['reviews'], ...(review === undefined ? [] : [['review', review]]), ...ofRun, ['overview']];
    default:
      return [];
  }
}

/** Lists and sums are asked again less often than the one thing a person looks at. */
export function delayMsOf(key: readonly string[]): number {
  return key.length > 1 ? 400 : key[0] === 'reviews' || key[0] === 'runs' ? 1000 : 4000;
}
