// One of the processes of the cold read benchmark: when told, many callers ask for configs that nobody has read.
import { databaseSource } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import { openBenchOrm } from './benched-app.ts';
import { coldConfig } from './cold-config.ts';

const [databaseUrl = '', redisUrl = '', prefix = '', callers = ''] = process.argv.slice(2);
const orm = await openBenchOrm(databaseUrl, []);
const client = await createClient({ redis: redisUrl, prefix, source: databaseSource(orm) });
const acme = client.tenant('acme');
process.on('message', async (round: number) => {
  const before = client.stats().loads;
  const config = coldConfig(round);
  const values = await Promise.all(Array.from({ length: Number(callers) }, () => acme.get(config)));
  const right = values.filter(value => value?.n === round).length;
  console.log(`round ${round}: ${client.stats().loads - before} ${right}`);
});
// Connected, and the feed followed: what is measured begins with the read.
await acme.get(coldConfig(-1)).catch(() => undefined);
console.log('ready');
