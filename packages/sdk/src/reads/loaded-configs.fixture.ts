import { defineConfig, TenantryError } from '@tenantry/protocol';
import { afterAll, beforeAll, expect } from 'vitest';
import { z } from 'zod';
import { PATIENT } from '../published-configs.fixture.ts';

export const schema = z.number();
export const around = defineConfig({ name: 'around', schema, writePolicy: 'write-around', ...PATIENT });
export const local = defineConfig({ name: 'local', schema, cache: 'local', ...PATIENT });
export const off = defineConfig({ name: 'off', schema, cache: 'off', ...PATIENT });
export const timed = defineConfig({
  name: 'timed',
  schema,
  ttl: '1h',
  maxStale: '2h',
  retryThrottle: '10s',
  ...PATIENT,
});
export const eager = defineConfig({ name: 'eager', schema, ttl: '1h', eagerRefresh: 0.5, ...PATIENT });
/** At the default budgets. */
export const brief = defineConfig({ name: 'brief', schema });
export const unavailable = new TenantryError('UNAVAILABLE', 'The database is away.');
export const HOUR = 3_600_000;

/** Fails the file where a rejection was left unhandled: many callers may wait for one load, or none. */
export function expectNoUnhandledRejection(): void {
  const unhandled: unknown[] = [];
  const remember = (reason: unknown) => unhandled.push(reason);
  beforeAll(() => void process.on('unhandledRejection', remember));
  afterAll(() => {
    process.off('unhandledRejection', remember);
    expect(unhandled).toEqual([]);
  });
}
