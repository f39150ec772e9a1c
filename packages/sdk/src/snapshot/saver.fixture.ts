import { createClient } from '../create-client.ts';
import { planById } from '../world.fixture.ts';

// One of several processes that keep one snapshot file, and are killed.
const [redisUrl = '', prefix = '', path = '', tenant = '', plans = ''] = process.argv.slice(2);
const client = await createClient({
  redis: redisUrl,
  prefix,
  readTimeoutMs: 30_000,
  snapshotFile: { path, writeEveryMs: 10 },
});
const acme = client.tenant(tenant);
for (let id = 1; id <= Number(plans); id++) acme.watch(planById(id)).subscribe();
await client.whenReady({ timeoutMs: 60_000, freshness: 'live', required: [{ tenant, ref: planById(1) }] });
process.stdout.write('ready\n');
