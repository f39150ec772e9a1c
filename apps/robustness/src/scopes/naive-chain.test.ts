import { expect, it } from 'vitest';
import { naiveChain, reachable } from './naive-chain.ts';

const groups: Record<string, string[]> = {
  'tenants/acme': ['a', 'b'],
  'groups/a': ['p'],
  'groups/b': ['q', 'p'],
  'groups/q': ['p'],
  'tenants/round': ['r'],
  'groups/r': ['s'],
  'groups/s': ['r'],
};
const groupsOf = (scope: string): string[] => groups[scope] ?? [];

it('puts a group after each group that is in it, by whichever way it is reached', () => {
  expect(naiveChain('tenants/acme', groupsOf)).toEqual([
    ...['tenants/acme', 'groups/a', 'groups/b', 'groups/q', 'groups/p', 'global'],
  ]);
  expect(naiveChain('tenants/other', groupsOf)).toEqual(['tenants/other', 'global']);
});

it('has no chain for groups that lead to themselves', () => {
  expect(naiveChain('tenants/round', groupsOf)).toBeUndefined();
});

it('reaches every scope that can be inherited from', () => {
  expect([...reachable('tenants/round', groupsOf)].sort()).toEqual([
    ...['global', 'groups/r', 'groups/s', 'tenants/round'],
  ]);
});
