/** A point in time for people: `2026-01-31 09:15:02Z`, whole seconds of UTC. */
export function moment(ms: number | undefined): string | undefined {
  return ms === undefined
    ? undefined
    : new Date(ms)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z');
}
