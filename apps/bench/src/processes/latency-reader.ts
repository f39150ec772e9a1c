// The other process of the latency benchmark: prints when it heard what.
import { createClient } from '@tenantry/sdk';
import { Redis } from 'ioredis';
import { settings } from '../app/benched-app.ts';

const [redisUrl = '', prefix = '', id = ''] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();
const client = await createClient({ redis: redisUrl, prefix });
const raw = new Redis(redisUrl);
await raw.subscribe(`${prefix}:raw`);
raw.on('message', (_channel, text) => console.log(`raw ${text.slice(4)} ${now()}`));
client
  .tenant('acme')
  .watch(settings.by('id', { id: Number(id) }))
  .subscribe(row => row && console.log(row.seats === 5 ? 'ready' : `seats ${row.seats} ${now()}`));
