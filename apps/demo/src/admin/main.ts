// The admin: what `tenantry-admin` would run, with a sign-in of the demo's own.
import { createAdmin } from '@tenantry/admin';
import { createPage } from '@tenantry/admin-ui';
import { createClient } from '@tenantry/sdk';
import { demoEnvironment } from '../demo-environment.ts';
import { endsWithSupervisor, tellSupervisor } from '../ends-with-supervisor.ts';
import { openRedis } from '../open-redis.ts';
import { openOrm } from '../write-side/open-orm.ts';
import { reportsOf } from '../write-side/report-line.ts';
import { demoSignIn } from './demo-sign-in.ts';

endsWithSupervisor();
const [wantedPort = '0'] = process.argv.slice(2);
const environment = demoEnvironment();
const { redisUrl, prefix } = environment;
const redis = openRedis(redisUrl);
const orm = await openOrm(environment, { redis, onReport: reportsOf('admin') });
const client = await createClient({ redis: redisUrl, prefix, heartbeatMs: 1_000 });
const admin = await createAdmin({ orm, client, auth: demoSignIn(), admins: ['user:olga'], page: createPage() });
// Where the wanted port is taken, any will do.
const { url } = await admin.listen(Number(wantedPort)).catch(() => admin.listen(0));
tellSupervisor({ kind: 'ready', url });

process.once('SIGTERM', async () => {
  await admin.close();
  await client.close();
  await orm.close();
  redis.disconnect();
  process.exit();
});
