import { expect, it } from 'vitest';
import { remedyFor } from './run-npm.mjs';

it.each([
  ['npm error code ENOSPC', 'disk is full'],
  ['npm error code ENOTFOUND registry.npmjs.org', 'Go online'],
  ['npm error code EACCES /root', 'owner of this clone'],
  ['Error: spawn npm ENOENT', 'npm is not installed'],
])('says what to do about %s', (output, remedy) => {
  expect(remedyFor(output)).toContain(remedy);
});

it('leaves what it does not know to speak for itself', () => {
  expect(remedyFor('npm error code ERESOLVE')).toBeUndefined();
});
