/** What a process counts for its row in `service_instances`: by name, since it started. */
export class Counters {
  private readonly values = new Map<string, number>();

  add(name: string, count = 1): void {
    if (count !== 0) this.values.set(name, (this.values.get(name) ?? 0) + count);
  }

  read(): Record<string, number> {
    return Object.fromEntries(this.values);
  }
}
