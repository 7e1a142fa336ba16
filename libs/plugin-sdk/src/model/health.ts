/** What a health check tells of the models that a provider offers. */
export function modelsTold(offered: readonly string[], wanted: string): string {
  return `${offered.length} models${offered.includes(wanted) ? '' : `; "${wanted}" is not among them`}`;
}
