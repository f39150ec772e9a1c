import { expect, it } from 'vitest';
import { localTime } from './local-time.ts';

it('names the moment that an input with it gives back', () => {
  for (const ms of [0, 1_796_047_297_000, 1_780_000_000_000]) expect(new Date(localTime(ms)).getTime()).toBe(ms);
  expect(localTime(1_796_047_297_999)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
});
