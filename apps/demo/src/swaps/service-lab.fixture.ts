import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, freshPrefix, type NodeProcess, spawnNode, startFaultProxy } from '@tenantry/testing';
import { createPool } from 'mysql2/promise';
import type { WriteServiceConfigs } from '../definitions/service-configs.ts';
import { asVariables } from '../demo-environment.ts';
import { openRedis } from '../open-redis.ts';
import { addressOf, atAddress } from '../supervisor/demo-redis.ts';
import { withoutLogin } from '../supervisor/service-process.ts';
import { openOrm } from '../write-side/open-orm.ts';
import { writeServiceConfigs } from '../writer/services-api.ts';
import { LoginRotation } from './login-rotation.ts';
import { ServiceChanges } from './service-changes.ts';
import { createServiceClient, type ServiceClient, type ServiceName, serviceNames } from './service-client.ts';

/** A service in a process of its own. */
export interface LabService {
  readonly client: ServiceClient;
  readonly process: NodeProcess;
}

/** A database and a Redis, the services' ways to them, a writer in this process, and what it changes. */
export async function startServiceLab() {
  await using ends = new AsyncDisposableStack();
  const database = ends.use(await freshDatabase());
  if (database.kind === 'postgresql') throw new Error('The demo speaks SQL of its own, that of MySQL and MariaDB');
  const { prefix, redisUrl } = ends.use(freshPrefix());
  const redisPath = ends.use(await startFaultProxy({ target: addressOf(redisUrl) }));
  const databasePath = ends.use(await startFaultProxy({ target: addressOf(database.url) }));
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-services-'));
  ends.defer(() => rm(folder, { recursive: true }));

  const redis = ends.adopt(openRedis(redisUrl), each => each.disconnect());
  const common = { databaseKind: database.kind, prefix, flushEveryMs: 1_000, folder } as const;
  const writer = { ...common, databaseUrl: database.url, redisUrl };
  const orm = ends.adopt(await openOrm(writer, { redis, onReport: () => undefined }), each => each.close());
  await orm.schema.update();
  const write: WriteServiceConfigs = values => writeServiceConfigs(orm, values);

  const server = ends.adopt(createPool({ uri: database.url, connectionLimit: 2 }), each => each.end());
  const rotation = ends.use(await LoginRotation.start(server, database.name));
  const variables = asVariables({
    ...common,
    databaseUrl: withoutLogin(atAddress(database.url, databasePath)),
    redisUrl: atAddress(redisUrl, redisPath),
  });
  const held = ends.move();
  const processes: NodeProcess[] = [];
  const start = async (name: ServiceName): Promise<LabService> => {
    const process = held.use(spawnNode(new URL(`../services/${name}.ts`, import.meta.url), [], variables));
    processes.push(process);
    const [, url = ''] = /ready at (\S+)/.exec(await process.waitForLine(/ready at/)) ?? [];
    return { process, client: createServiceClient(name, url) };
  };
  return {
    databaseUrl: database.url,
    databasePath,
    redisPath,
    folder,
    rotation,
    write,
    changes: new ServiceChanges(rotation, write),
    start,
    startAll: () => Promise.all(serviceNames.map(start)),
    /** Everything that the processes have printed. */
    printed: () => processes.flatMap(({ lines }) => lines).join('\n'),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
