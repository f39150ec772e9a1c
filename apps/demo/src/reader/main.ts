// A reader: nothing but the SDK. It has no database: what Redis does not have, a worker loads for it, and while Redis is
// away it starts from the file that the process before it has left.
import { join } from 'node:path';
import { createClient } from '@tenantry/sdk';
import { workerSource } from '@tenantry/worker-source';
import { type RefRequest, refName, refOf } from '../definitions/catalogue.ts';
import { demoEnvironment } from '../demo-environment.ts';
import { endsWithSupervisor, tellSupervisor } from '../ends-with-supervisor.ts';
import { machineTime } from '../machine-time.ts';
import { openRedis } from '../open-redis.ts';
import { explained, lifeOf } from './life-of.ts';
import type { FromReader, ToReader } from './reader-messages.ts';
import { toldSource } from './told-source.ts';

endsWithSupervisor();
const [self = 'reader'] = process.argv.slice(2);
const { redisUrl, prefix, folder } = demoEnvironment();
const tell = (message: FromReader): void => tellSupervisor(message);
const source = workerSource({ redis: openRedis(redisUrl), prefix });
const client = await createClient({
  redis: redisUrl,
  prefix,
  source: toldSource(source, name => tell({ kind: 'load', name })),
  snapshotFile: { path: join(folder, `${self}.snapshot`), writeEveryMs: 500 },
  // A shorter heartbeat than the default, for an audience.
  heartbeatMs: 1_000,
});
const watched = new Set<string>();

process.on('message', async (message: ToReader) => {
  const startedAt = machineTime();
  const answer = (result: { value?: unknown; error?: string }): void =>
    tell({ kind: 'answer', call: message.call, ...result, ms: machineTime() - startedAt });
  try {
    answer({ value: await follow(message) });
  } catch (error) {
    answer({ error: String(error) });
  }
});
process.once('SIGTERM', async () => {
  await Promise.all([client.close(), source.close()]);
  process.exit();
});
client.status$.subscribe(status => tell({ kind: 'status', status }));
tell({ kind: 'ready' });

function follow(message: ToReader): unknown {
  switch (message.kind) {
    case 'watch':
      return message.requests.forEach(watch);
    case 'watchTogether':
      return watchTogether(message.requests);
    case 'life':
      return lifeOf(client);
    case 'explain':
      return explained(client, message.request);
    case 'ask': {
      const read: (ref: ReturnType<typeof refOf>) => unknown = client.tenant(message.request.tenant)[message.how];
      return read(refOf(message.request));
    }
  }
}

function watch(request: RefRequest): void {
  const name = refName(request);
  if (watched.has(name)) return;
  watched.add(name);
  client
    .tenant(request.tenant)
    .watchEntry(refOf(request))
    .subscribe(entry => tell({ kind: 'entry', name, entry, at: machineTime() }));
}

function watchTogether(requests: readonly RefRequest[]): void {
  const look = (): void => {
    const values = requests.map(request => client.tenant(request.tenant).peek(refOf(request)));
    tell({ kind: 'together', values, at: machineTime() });
  };
  for (const request of requests) client.tenant(request.tenant).watch(refOf(request)).subscribe(look);
}
