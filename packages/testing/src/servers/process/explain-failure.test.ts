import { expect, it } from 'vitest';
import { explainFailure } from './explain-failure.ts';

it.each([
  ['cp: cannot create regular file: No space left on device', 'The disk is full'],
  ['[ERROR] mariadbd: Error writing file \'./x\' (Errcode: 28 "No space left on device")', 'The disk is full'],
  ['E: Unable to locate package redis-server', 'package sources'],
  ["E: Couldn't find these debs: mysql-server-core", 'package sources'],
  ['E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7', 'Another program is installing'],
  ["Err:1 http://deb.debian.org Temporary failure resolving 'deb.debian.org'", 'go online'],
  ['E: Failed getting release file http://deb.debian.org/debian/dists/sid/Release', 'go online'],
  ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", 'dpkg --configure -a'],
])('says what to do about %s', (output, remedy) => {
  expect(explainFailure(output)).toContain(remedy);
});

it('leaves what it does not know to speak for itself', () => {
  expect(explainFailure('*** FATAL CONFIG FILE ERROR: Bad directive')).toBeUndefined();
});
