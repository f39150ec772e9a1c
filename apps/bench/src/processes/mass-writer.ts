// The writer of the benchmark of mass changes: changes every record of every tenant when it is told to.
import { createReplica } from '@tenantry/redis';
import { Redis } from 'ioredis';
import { changeOf, numberedRows } from '../app/replica-fixture.ts';

const [redisUrl = '', prefix = '', tenants = '', records = ''] = process.argv.slice(2);
const redis = new Redis(redisUrl);
const replica = createReplica({ redis, prefix });
const rows = Array.from({ length: Number(tenants) }, (_, i) => numberedRows(`tenant-${i}`, Number(records)));

process.on('message', async ([version, isLost]: [number, boolean]) => {
  // Made before: what it costs to encode them is no part of the change.
  const changes = rows.map(list => list.map(row => changeOf({ ...row, seats: version }, version)));
  process.send?.(version);
  for (const [i, list] of changes.entries()) {
    const { epoch, feed } = replica.names.of(`tenant-${i}`);
    // A Redis that lost its feeds: readers compare all that they have.
    if (isLost) await redis.del(epoch, feed);
    await replica.apply(`tenant-${i}`, list);
  }
});
process.send?.(0);
