import { configStore, databaseSource, writeBack } from '@tenantry/mikro-orm';
import { type ConfigDefinition, defineConfig } from '@tenantry/protocol';
import { createClient, type TenantClient } from '@tenantry/sdk';
import { BUSY_MS, eventually, testServers } from '@tenantry/testing';
import { startWorker } from '@tenantry/worker';
import { workerSource } from '@tenantry/worker-source';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSystem, type TestSystem } from '../../../packages/mikro-orm/src/system.fixture.ts';

const [schema, cacheTimeout] = [z.number(), '15s'] as const;
const PATIENT = { schema, cacheTimeout, databaseTimeout: '15s' } as const;
const through = defineConfig({ name: 'through', ...PATIENT });
const around = defineConfig({ name: 'around', writePolicy: 'write-around', ...PATIENT });
const back = defineConfig({ name: 'back', writePolicy: 'write-back', ...PATIENT });
const local = defineConfig({ name: 'local', cache: 'local', ...PATIENT });
const brief = defineConfig({ name: 'brief', persistence: 'none', ttl: '1h', ttlJitter: 0, schema, cacheTimeout });
const configs = [through, around, back, local, brief];

const FIVE_MINUTES = 300_000;
const EXACT_MS = 150;
/** How long values live that are looked at meanwhile: as long as that takes on a busy machine. */
const LIFE_MS = 8_000;
const machineNow = Date.now;
let system: TestSystem;

// Writer, worker and reader are wrong alike here; Redis and the database are right.
describe.each([
  ['five minutes fast', FIVE_MINUTES],
  ['five minutes slow', -FIVE_MINUTES],
])('processes whose clock is %s', (_, skew) => {
  beforeEach(async () => {
    Date.now = () => machineNow() + skew;
    const orm = { discovery: { warnWhenNoEntities: false } };
    system = await openSystem({ sync: [], orm, tenantry: { configs } });
  });
  afterEach(async () => {
    Date.now = machineNow;
    await system[Symbol.asyncDispose]();
  });

  const store = () => configStore(system.orm as never);
  const acme = () => store().tenant('acme');
  const redisNow = async () => {
    const [seconds, micros] = await system.redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  };
  const client = (options: object) =>
    createClient({
      redis: testServers().redisUrl,
      prefix: system.prefix,
      heartbeatMs: 200,
      readTimeoutMs: 15_000,
      ...options,
    });

  async function livesUntilItsEnd(reader: TenantClient, config: ConfigDefinition<number>): Promise<void> {
    const seen: unknown[] = [];
    const expiresAt = (await redisNow()) + LIFE_MS;
    await acme().set(config, 5, { expiresAt });
    expect(await reader.get(config), config.name).toBe(5);
    const watching = reader.watch(config).subscribe(value => seen.push(value));
    expect(reader.peek(config), config.name).toBe(5);
    expect((await acme().get(config))?.value, config.name).toBe(5);
    await eventually(() => expect(reader.peek(config)).toBeUndefined());
    const late = (await redisNow()) - expiresAt;
    expect(late, config.name).toBeGreaterThan(-EXACT_MS);
    expect(late, config.name).toBeLessThan(BUSY_MS);
    await eventually(() => expect(seen, config.name).toEqual([5, undefined]));
    expect(await reader.get(config), config.name).toBeUndefined();
    await eventually(async () => expect(await acme().get(config), config.name).toBeUndefined());
    watching.unsubscribe();
  }

  it('show every value until its end, however it is written and loaded from the database', async () => {
    await using reader = await client({ source: databaseSource(system.orm as never) });
    await Promise.all([through, around, back, local].map(each => livesUntilItsEnd(reader.tenant('acme'), each)));
  });

  it('show every value until its end, loaded by the workers', async () => {
    const { orm, redis, prefix } = system;
    await using _worker = await startWorker({ orm: orm as never, redis });
    await using source = workerSource({ redis, prefix });
    await using reader = await client({ source });
    await Promise.all([around, local].map(each => livesUntilItsEnd(reader.tenant('acme'), each)));
  });

  it('end no value in the database before its end, and every value after it', async () => {
    const expiresAt = (await redisNow()) + LIFE_MS;
    await acme().set(through, 5, { expiresAt });
    await acme().set(back, 6, { expiresAt });
    await writeBack(system.orm as never).flush('acme');
    expect(await store().expireDue()).toBe(0);
    expect((await acme().history(through)).items).toHaveLength(1);
    await eventually(async () => expect(await redisNow()).toBeGreaterThan(expiresAt + EXACT_MS));
    expect(await store().expireDue()).toBe(2);
  });

  it('give a value for which a ttl is all its life just that, and one that is to be loaded again as well', async () => {
    await acme().set(brief, 5);
    const left = await system.redis.pttl(`${system.prefix}:{acme}:k:${brief.address}`);
    expect(left).toBeGreaterThan(3_600_000 - BUSY_MS);
    expect(left).toBeLessThan(3_600_000 + EXACT_MS);
    await using reader = await client({});
    expect(await reader.tenant('acme').entry(brief)).toMatchObject({ value: 5, stale: false });
  });
});
