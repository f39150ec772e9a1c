import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MEASURED } from './constants.ts';
import { loadOf } from './fleet-load.ts';
import { constantsTable, FLEETS, fleetTable, short } from './tables.ts';

it('docs/reference/scaling.md shows what the arithmetic gives', () => {
  const page = readFileSync(new URL('../../docs/reference/scaling.md', import.meta.url), 'utf8');
  const withoutPadding = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-{2,}/g, '-');
  for (const table of [constantsTable(MEASURED), fleetTable(MEASURED)])
    expect(withoutPadding(page)).toContain(withoutPadding(table));
});

it('where many tenants are followed, heartbeats ask for less than a twentieth of what each head with each would be', () => {
  for (const fleet of FLEETS.filter(({ followed }) => followed >= 200)) {
    const { checksPerSecond } = loadOf(fleet, MEASURED);
    expect(checksPerSecond).toBeLessThan((fleet.processes * fleet.followed) / fleet.heartbeatSeconds / 20);
  }
});

it('fewer heartbeats cost less, and leave the rest as it is', () => {
  const fleet = FLEETS[3] as (typeof FLEETS)[number];
  const [often, seldom] = [fleet, { ...fleet, heartbeatSeconds: 2 * fleet.heartbeatSeconds }].map(each =>
    loadOf(each, MEASURED),
  );
  expect(seldom?.heartbeatCores).toBeLessThan(often?.heartbeatCores ?? 0);
  expect(seldom?.redisGigabytes).toBe(often?.redisGigabytes);
  expect(seldom?.deliveriesPerSecond).toBe(often?.deliveriesPerSecond);
});

it('shows two digits that matter', () => {
  expect([0.00123, 1.25, 4_567, 123_456].map(short)).toEqual(['0.0012', '1.3', '4,600', '120,000']);
});
