import { expect, it } from 'vitest';
import { feedConnectionName, readConnectionName } from './connection-name.ts';

it.each([
  ['tenantry', undefined],
  ['prod:eu', 'billing'],
  ['eu', 'tenantry(other)x'],
])(
  'the name of a connection of the prefix %s, made by %s, is read again, also behind what a Cluster adds',
  (prefix, application) => {
    const name = feedConnectionName(prefix, application);
    for (const start of ['', 'ioredis-cluster(ssubscriber):'])
      expect(readConnectionName(start + name)).toEqual({ prefix, application });
  },
);

it.each(['', 'billing', 'tenantry', 'tenantry()', 'bull:dGVuYW50cnk='])(
  'the name %j is of another connection',
  name => {
    expect(readConnectionName(name)).toBeUndefined();
  },
);
