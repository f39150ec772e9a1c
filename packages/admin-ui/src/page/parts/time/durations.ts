const STEPS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** `90_000` → `1 min 30 s`: two units at most. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? Math.max(0, Math.round(ms * 10) / 10) : Math.round(ms)} ms`;
  const first = STEPS.findIndex(([size]) => ms >= size);
  const [size, name] = STEPS[first] as readonly [number, string];
  const whole = `${Math.floor(ms / size)} ${name}`;
  const [inner, small] = STEPS[first + 1] ?? [0, ''];
  const rest = inner === 0 ? 0 : Math.floor((ms % size) / inner);
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** `3 min ago`, `now`, `in 2 h`. */
export function agoText(at: number, now: number): string {
  const ms = now - at;
  if (Math.abs(ms) < 5_000) return 'now';
  const largest = durationText(Math.abs(ms)).split(' ').slice(0, 2).join(' ');
  return ms > 0 ? `${largest} ago` : `in ${largest}`;
}
