import type { operations } from '@tenantry/admin-api';
import { withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';

/** One thing that was looked at. */
export type Check = operations.DoctorCheck;

const LOOK_MS = 5_000;

/** Nothing is wrong. */
export const ok = (id: string, message: string): Check => ({ id, state: 'ok', message });

/** It works, and may not for long. */
export const warn = (id: string, message: string, remedy: string): Check => ({ id, state: 'warn', message, remedy });

/** Something does not work. */
export const fail = (id: string, message: string, remedy: string): Check => ({ id, state: 'fail', message, remedy });

/** It could not be asked: neither right nor wrong. */
export const unknown = (id: string, message: string): Check => ({ id, state: 'unknown', message });

/** A look that fails is `unknown`, with the code of what failed, and holds up no other. */
export async function look(id: string, work: () => Promise<Check | readonly Check[]>): Promise<readonly Check[]> {
  try {
    return [await within(LOOK_MS, 'The look', work())].flat();
  } catch (error) {
    const { code } = withoutValues(error, 'The look');
    return [unknown(id, `It could not be looked at (${isRefused(error) ? 'this user may not ask for it' : code}).`)];
  }
}

/** Redis does not let this user do it. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && /^NOPERM\b/.test(error.message);
}

/** A span for people. */
export function spanOf(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const;
  const [size, unit] = units.find(([each]) => Math.abs(ms) >= each) ?? [1, 'ms'];
  return `${Math.round(ms / size)} ${unit}`;
}
