import type { Outcome } from './check.ts';

/** The ten files that took longest, in one line; empty where all of them together are nothing to speak of. */
export function slowest(files: NonNullable<Outcome['files']>): string {
  const ten = [...files].sort((a, b) => b.ms - a.ms).slice(0, 10);
  const worthSaying = ten.filter(({ ms }) => ms >= 1_000);
  if (worthSaying.length === 0) return '';
  const short = (name: string): string => name.replace(/(\.(int|alone))?\.test(-d)?\.ts$/, '');
  return `slowest, in s: ${worthSaying.map(({ name, ms }) => `${short(name)} ${(ms / 1000).toFixed(1)}`).join(', ')}`;
}
