import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { configStore, replication } from '@tenantry/mikro-orm';
import { type RestartableServer, seededRandom } from '@tenantry/testing';
import { createPool } from 'mysql2/promise';
import type { Capture } from '../drawn/draw-world.ts';
import { drawWorld } from '../drawn/draw-world.ts';
import { openShapes } from '../drawn/shape-entities.ts';
import { PARTS } from '../drawn/shapes.ts';
import type { Fault } from '../faults/fault.ts';
import { ChangingFolder } from '../files/changing-folder.ts';
import { History } from '../history/history.ts';
import { prepareScopes } from '../scopes/write-scopes.ts';
import { TENANTS } from '../traffic/addresses.ts';
import { openOrm } from '../traffic/open-orm.ts';
import type { ProcessSettings } from '../traffic/settings.ts';
import { canWriteBack, writePair } from '../traffic/write-something.ts';
import { startClusterRedis } from './cluster-redis.ts';
import { createDatabase } from './database-place.ts';
import { startReplicatedDatabase } from './read-replica.ts';
import type { RedisPlace } from './redis-place.ts';
import { type Role, RunProcess } from './run-process.ts';
import { startSentinelRedis } from './sentinel-redis.ts';
import { startSingleRedis } from './single-redis.ts';
import type { World } from './world.ts';

/** How often an operator tries. */
const AUDITS = 5;

const COUNTS: Readonly<Record<Role, number>> = { writer: 2, worker: 2, reader: 2, loader: 1 };

/** Starts servers and processes for a fault's runs, with a first state that every reader knows. */
export async function startWorld(
  fault: Fault,
  seed: number,
  capture: Capture,
  databaseServer: RestartableServer,
): Promise<World> {
  const stack = new AsyncDisposableStack();
  try {
    const history = new History();
    const redis = stack.use(await startRedis(fault));
    const readReplica = fault.hasReadReplica ? stack.use(await startReplicatedDatabase()) : undefined;
    const database = stack.use(await createDatabase(readReplica?.primary ?? databaseServer));
    const pool = createPool(database.url);
    stack.defer(() => pool.end());
    const prefix = 'robust';
    const drawn = drawWorld(seed, capture);
    const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'tenantry-robustness-')), each =>
      rm(each, { recursive: true, force: true }),
    );
    const files = new ChangingFolder(dir, seededRandom(seed));
    const common = { drawn, databaseKind: database.kind, prefix, feedLength: fault.feedLength ?? 256, capture };
    const ofTheRun = { ...common, databaseUrl: database.url, clockSkewMs: 0 } as ProcessSettings;
    const writeBack = await prepare(ofTheRun, redis);

    const deaths: string[] = [];
    const processes: RunProcess[] = [];
    for (const role of ['reader', 'worker', 'writer', 'loader'] as const) {
      for (let index = 1; index <= COUNTS[role]; index++) {
        const [toRedis, toDatabase] = [await redis.way(), await database.way()];
        const process = new RunProcess({
          role,
          index,
          seed: seed + 100 * processes.length,
          history,
          settings: {
            ...common,
            writeBack,
            folder: dir,
            hasSource: role === 'reader' && index === 1,
            databaseUrl: toDatabase.url,
            replica: readReplica?.replica,
            redis: toRedis.address,
            clockSkewMs: fault.clockSkewMs?.(role, index) ?? 0,
          },
          redisProxy: toRedis.proxy,
          databaseProxy: toDatabase.proxy,
          onDeath: (name, lastWords) => {
            deaths.push(`${name}: ${lastWords}`);
            history.note({ kind: 'warning', text: `${name} died by itself: ${lastWords}` });
          },
        });
        processes.push(process);
        stack.defer(() => process.kill());
      }
    }
    await Promise.all(processes.map(process => process.start()));
    const note = (text: string, lostData = false): void => history.note({ kind: 'fault', text, lostData });
    return {
      history,
      random: seededRandom(seed),
      redis,
      database,
      pool,
      prefix,
      writeBack,
      capture,
      drawn,
      readReplica,
      files,
      processes,
      of: role => processes.filter(process => process.role === role),
      note,
      async whileUnreachable(readers, work) {
        const names = readers.map(({ name }) => name);
        history.note({ kind: 'unreachable', readers: names });
        try {
          await work();
        } finally {
          history.note({ kind: 'reachable', readers: names });
        }
      },
      audit: () => audit(ofTheRun, redis),
      let: ms => pause(ms),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function startRedis(fault: Fault): Promise<RedisPlace> {
  if (fault.topology === 'sentinel') return startSentinelRedis();
  if (fault.topology === 'cluster') return startClusterRedis();
  return startSingleRedis({ appendOnly: fault.appendOnly ?? 'everysec', args: fault.redisArguments ?? [] });
}

async function audit(settings: ProcessSettings, place: RedisPlace): Promise<void> {
  const redis = place.connect();
  const orm = await openOrm(settings, { redis, onReport: () => undefined });
  try {
    // While it looks, a row whose list of keys was lost may leave one behind where it has looked already.
    for (let times = 0; times < AUDITS; times++) {
      const { found, waiting } = await replication(orm).audit({ repair: true });
      if (waiting === 0 && Object.values(found).every(count => count === 0)) return;
    }
  } finally {
    await orm.close(true);
    redis.disconnect();
  }
}

/** Creates the tables, and the pairs that are there from the beginning. Answers whether configs can be written back. */
async function prepare(settings: ProcessSettings, place: RedisPlace): Promise<boolean> {
  const redis = place.connect();
  const shapes = openShapes(settings.drawn.shapes);
  const orm = await openOrm(settings, { redis, shapes, onReport: () => undefined });
  try {
    await orm.schema.create();
    const parts = shapes.get('pivot')?.parts;
    if (parts) await orm.em.fork().insertMany(parts as never, PARTS.map(id => ({ id })) as never);
    for (const tenant of TENANTS)
      await orm.em.fork().transactional(em => writePair(orm, em, tenant, `first-${TENANTS.indexOf(tenant)}`));
    await orm.em.fork().transactional(em => prepareScopes(orm, em, seededRandom(0)));
    await replication(orm).settled();
    await replication(orm).fillIfEmpty();
    return await canWriteBack(configStore(orm));
  } finally {
    await orm.close(true);
    redis.disconnect();
  }
}
