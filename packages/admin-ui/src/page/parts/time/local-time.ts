/** A moment as an input for local times has it, to the second. */
export function localTime(ms: number): string {
  const minutesBehind = new Date(ms).getTimezoneOffset();
  return new Date(ms - minutesBehind * 60_000).toISOString().slice(0, 19);
}
