// One of the processes of the cold read benchmark: when told, many callers ask, in the way named, for a config that nobody has read.
import { databaseSource } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import { Redis } from 'ioredis';
import { openBenchOrm } from '../app/benched-app.ts';
import { type ColdValue, coldConfig } from '../app/cold-config.ts';
import { openBento } from '../peers/bentocache.ts';
import { openCacheable, openKeyvRedis } from '../peers/cacheable.ts';

const [databaseUrl = '', redisUrl = '', prefix = '', callers = ''] = process.argv.slice(2);
const orm = await openBenchOrm(databaseUrl, []);
const database = databaseSource(orm);
let loads = 0;
const source = {
  load: (...args: Parameters<typeof database.load>) => {
    loads++;
    return database.load(...args);
  },
};
const client = await createClient({ redis: redisUrl, prefix, source });
const acme = client.tenant('acme');
const bento = openBento({ redis: new Redis(redisUrl), busUrl: redisUrl, prefix: `${prefix}:bento` });
const cacheable = openCacheable(await openKeyvRedis(redisUrl));
const loaded = (way: string, round: number) => async () => {
  const [found] = await source.load('acme', [coldConfig(way, round)]);
  return JSON.parse(found?.json ?? 'null') as ColdValue;
};
const ways: Record<string, (round: number) => Promise<ColdValue | undefined>> = {
  tenantry: round => acme.get(coldConfig('tenantry', round)),
  bentocache: round => bento.getOrSet({ key: `cold-${round}`, factory: loaded('bentocache', round) }),
  cacheable: round => cacheable.getOrSet(`${prefix}:cold-${round}`, loaded('cacheable', round)),
};
process.on('message', async ([way, round]: [string, number]) => {
  const before = loads;
  const values = await Promise.all(Array.from({ length: Number(callers) }, () => ways[way]?.(round)));
  const right = values.filter(value => value?.n === round).length;
  console.log(`${way} ${round}: ${loads - before} ${right}`);
});
// Connected, and the feed followed: what is measured begins with the read.
await acme.get(coldConfig('none', 0)).catch(() => undefined);
await bento.get({ key: 'none' });
await cacheable.get('none');
console.log('ready');
