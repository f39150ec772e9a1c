import { expect, it } from 'vitest';
import { keySlot } from './key-slot.ts';

it('a key is in the slot in which a Cluster has it', () => {
  // As CLUSTER KEYSLOT says.
  expect(['123456789', 'foo', 'tenantry:{acme}:feed', '{}x', 'a{', 'é'].map(keySlot)).toEqual([
    12_739, 12_182, 11_304, 10_595, 14_311, 10_180,
  ]);
});

it('names of one tenant are in one slot', () => {
  expect(keySlot('tenantry:{acme}:feed')).toBe(keySlot('tenantry:{acme}:k:plans:id:{1}'));
});
