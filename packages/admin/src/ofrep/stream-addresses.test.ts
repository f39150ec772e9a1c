import { expect, it } from 'vitest';
import { StreamAddresses } from './stream-addresses.ts';

const WEEK = 604_800_000;
const owner = { tenant: 'acme', principal: { id: 'ann', groups: ['ops'] } };
const addresses = new StreamAddresses(['x'.repeat(32)]);

it('is the same for a week, and holds for another', () => {
  const now = 5 * WEEK;
  const address = addresses.sign(owner, now) as string;
  expect(addresses.sign(owner, now + WEEK - 1)).toBe(address);
  expect(addresses.sign(owner, now + WEEK)).not.toBe(address);
  expect(addresses.open(address, now + 2 * WEEK - 1)).toEqual(owner);
  expect(addresses.open(address, now + 2 * WEEK)).toBeUndefined();
});

it('is another one for each owner, and none for who is in more groups than it can say', () => {
  const now = 0;
  const signed = [
    addresses.sign(owner, now),
    addresses.sign({ ...owner, tenant: 'zeta' }, now),
    addresses.sign({ ...owner, principal: { id: 'ann', groups: [] } }, now),
    addresses.sign({ ...owner, principal: { id: 'bob', groups: ['ops'] } }, now),
  ];
  expect(new Set(signed).size).toBe(4);
  const groups = Array.from({ length: 1_000 }, (_, i) => `group-${i}`);
  expect(addresses.sign({ ...owner, principal: { id: 'ann', groups } }, now)).toBeUndefined();
});
