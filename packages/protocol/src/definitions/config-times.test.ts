import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConfigOptions } from './config-options.ts';
import { configTimes } from './config-times.ts';
import { defineConfig } from './define-config.ts';

const NOW = 1_000_000;

function timesOf(options: Partial<ConfigOptions>, endsAt = 0, random = 0.5) {
  const config = defineConfig({ name: 'a', schema: z.number(), ...options } as never);
  return configTimes(config, endsAt, NOW, () => random);
}

describe('the times of a value', () => {
  // G13: a ttl does not end a value that the database has, so there is nothing for its own end to win over; one that only Redis has
  // ends with whichever is first.
  it.each<[what: string, options: Partial<ConfigOptions>, endsAt: number, times: object]>([
    ['without a ttl and an end: never', {}, 0, { expiresAt: 0, freshUntil: 0, dropAt: 0 }],
    [
      'with a ttl: it is fresh for so long, and Redis keeps it',
      { ttl: '2s' },
      0,
      { expiresAt: 0, freshUntil: NOW + 2_000, dropAt: 0 },
    ],
    [
      'with an end before the ttl',
      { ttl: '2s' },
      NOW + 500,
      { expiresAt: NOW + 500, freshUntil: NOW + 2_000, dropAt: NOW + 500 },
    ],
    [
      'with an end after the ttl',
      { ttl: '2s' },
      NOW + 9_000,
      { expiresAt: NOW + 9_000, freshUntil: NOW + 2_000, dropAt: NOW + 9_000 },
    ],
    [
      'with `maxStale`: Redis drops it then',
      { ttl: '2s', maxStale: '3s' },
      0,
      { expiresAt: 0, freshUntil: NOW + 2_000, dropAt: NOW + 5_000 },
    ],
    [
      'with `maxStale` and an end before it',
      { ttl: '2s', maxStale: '3s' },
      NOW + 4_000,
      { expiresAt: NOW + 4_000, dropAt: NOW + 4_000 },
    ],
    [
      'that only Redis has: the ttl is its life',
      { ttl: '2s', persistence: 'none' },
      0,
      { expiresAt: NOW + 2_000, freshUntil: 0, dropAt: NOW + 2_000 },
    ],
    [
      'that only Redis has, with an end before',
      { ttl: '2s', persistence: 'none' },
      NOW + 500,
      { expiresAt: NOW + 500, dropAt: NOW + 500 },
    ],
    [
      'that only Redis has, with an end after',
      { ttl: '2s', persistence: 'none' },
      NOW + 9_000,
      { expiresAt: NOW + 2_000, dropAt: NOW + 2_000 },
    ],
    [
      'that only Redis has, without a ttl',
      { persistence: 'none' },
      NOW + 500,
      { expiresAt: NOW + 500, dropAt: NOW + 500 },
    ],
  ])('are those of the config, and its own end comes first: %s', (_, options, endsAt, times) => {
    expect(timesOf(options, endsAt)).toMatchObject(times);
  });

  it('are spread by the jitter in both directions, and never in the past', () => {
    const freshFor = (random: number, ttlJitter: number) =>
      timesOf({ ttl: '2s', ttlJitter }, 0, random).freshUntil - NOW;
    expect([0, 0.5, 1].map(random => freshFor(random, 0.25))).toEqual([1_500, 2_000, 2_500]);
    expect(freshFor(0, 1)).toBe(1);
  });
});
