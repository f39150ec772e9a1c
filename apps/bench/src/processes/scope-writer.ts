// The writer of the benchmark of scopes: changes a config for all tenants, or one of each tenant's own.
import { createReplica } from '@tenantry/redis';
import { Redis } from 'ioredis';
import { GLOBAL, inheritedCheckout, ownCheckout, setConfig } from '../app/inherited-config.ts';

const [redisUrl = '', prefix = ''] = process.argv.slice(2);
const replica = createReplica({ redis: new Redis(redisUrl), prefix });

process.on('message', async ([version, tenants]: [number, number]) => {
  const value = { newFlow: true, limits: { most: version } };
  if (tenants === 0) await replica.apply(GLOBAL, [setConfig(inheritedCheckout, version, value)]);
  for (let i = 0; i < tenants; i++) await replica.apply(`tenant-${i}`, [setConfig(ownCheckout, version, value)]);
});
process.send?.('ready');
