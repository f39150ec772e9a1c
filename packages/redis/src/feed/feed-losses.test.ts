import { expect, it } from 'vitest';
import { FeedLosses } from './feed-losses.ts';

it('remembers the last of the fills and lives that it saw, and no more of them', async () => {
  const losses = new FeedLosses();
  for (let i = 1; i <= 20; i++) losses.sawFillState(`filled ${i}`);
  losses.everything('former');
  const isBroughtBack = (marker: string) => losses.isBroughtBack(undefined, async () => marker);
  expect(await isBroughtBack('filled 20')).toBe(false);
  expect(await isBroughtBack('filled 5')).toBe(false);
  expect(await isBroughtBack('filled 21')).toBe(true);
  // Long ago.
  expect(await isBroughtBack('filled 4')).toBe(true);
});
