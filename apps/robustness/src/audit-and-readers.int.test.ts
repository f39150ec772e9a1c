import { configStore } from '@tenantry/mikro-orm';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import { createClient } from '@tenantry/sdk';
import { eventually, freshPrefix, startRedisServer } from '@tenantry/testing';
import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { theme } from '../../../packages/mikro-orm/src/configs.fixture.ts';
import { Plan, plans } from '../../../packages/mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../../packages/mikro-orm/src/system.fixture.ts';

const codec = createPayloadCodec();

async function open() {
  const system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [theme] } });
  const em = system.em();
  for (const id of [1, 2, 3]) em.create(Plan, { id, tenantId: 'acme', slug: `p${id}`, name: `plan ${id}` });
  await em.flush();
  await configStore(system.orm as never)
    .tenant('acme')
    .set(theme, { color: 'red' });
  await system.drain();
  await system.replication.fillIfEmpty();
  const { keyPrefix } = system.replication.replica.names.of('acme');
  /** Bytes that say the same version, and something else. */
  const forge = async (address: string, owner: string, value: object) => {
    const { version } = (await system.redisKeys())[`acme/${address}`] ?? { version: 1 };
    const payload = codec.encode(value);
    await system.redis.set(
      keyPrefix + address,
      encodeEnvelope({ version, updatedAt: 1, expiresAt: 0, owner, payload }),
    );
  };
  return { system, keyPrefix, forge };
}

it('readers that took what was damaged end with what the tables say, with no restart of theirs', async () => {
  const { system, keyPrefix, forge } = await open();
  await using _ = system;
  await forge('plans:id:1', 'plans:1', { id: 1, tenantId: 'acme', slug: 'p1', name: 'forged' });
  await forge(theme.address, theme.address, { color: 'forged', size: 1 });
  // Somebody else's row under the slug of the third.
  await system.redis.copy(`${keyPrefix}plans:slug:p2`, `${keyPrefix}plans:slug:p3`, 'REPLACE');
  const { redis, prefix } = system;
  await using client = await createClient({ redis, prefix });
  const acme = client.tenant('acme');
  const slug = (text: string) => plans.by('slug', { slug: text });
  const watching = [plans.by('id', { id: 1 }), plans.by('id', { id: 2 }), slug('p2'), slug('p3')].map(ref =>
    acme.watch(ref).subscribe(),
  );
  watching.push(acme.watch(theme).subscribe());
  await eventually(() => expect(acme.peek(theme)?.color).toBe('forged'));
  await eventually(() => expect(acme.peek(plans.by('id', { id: 1 }))?.name).toBe('forged'));
  await eventually(() => expect(acme.peek(plans.by('id', { id: 2 }))?.name).toBe('plan 2'));
  await system.sql('delete from plan where id = 2');

  expect(await system.replication.audit({ repair: true })).toMatchObject({ left: 0, waiting: 0 });
  await eventually(() => expect(acme.peek(theme)?.color).toBe('red'));
  await eventually(() => expect(acme.peek(plans.by('id', { id: 1 }))?.name).toBe('plan 1'));
  await eventually(() => expect(acme.peek(plans.by('id', { id: 2 }))).toBeUndefined());
  await eventually(() => expect(acme.peek(slug('p2'))).toBeUndefined());
  await eventually(() => expect(acme.peek(slug('p3'))?.name).toBe('plan 3'));
  for (const each of watching) each.unsubscribe();
});

// R13
it('readers say stale during a resync, and end with what the restored database has', async () => {
  const { system } = await open();
  await using _ = system;
  const { redis, prefix } = system;
  await using client = await createClient({ redis, prefix });
  const acme = client.tenant('acme');
  const one = plans.by('id', { id: 1 });
  const stale: boolean[] = [];
  const watching = [
    acme.watchEntry(one).subscribe(entry => stale.push(entry?.stale ?? false)),
    acme.watch(plans.by('id', { id: 9 })).subscribe(),
    acme.watch(theme).subscribe(),
  ];
  const em = system.em();
  em.create(Plan, { id: 9, tenantId: 'acme', slug: 'p9', name: 'plan 9' });
  (await em.findOneOrFail(Plan, 1)).name = 'later';
  await em.flush();
  await configStore(system.orm as never)
    .tenant('acme')
    .set(theme, { color: 'later' });
  await eventually(() => expect(acme.peek(theme)?.color).toBe('later'));
  await eventually(() => expect(acme.peek(plans.by('id', { id: 9 }))?.name).toBe('plan 9'));
  await eventually(() => expect(acme.peek(one)?.name).toBe('later'));
  // As before the last changes.
  await system.sql('delete from plan where id = 9');
  await system.sql("update plan set name = 'restored' where id = 1");
  await system.sql(`update tenantry_config set value = '{"color":"restored"}', version = 1`);
  await system.sql('delete from tenantry_config_revision where version > 1');
  await system.replication.settled();
  await system.sql('alter table tenantry_outbox auto_increment = 1');

  await eventually(() => expect(acme.peekEntry(one)?.stale).toBe(false));
  stale.length = 0;
  expect(await system.replication.resync()).toMatchObject({ left: 0, waiting: 0, complete: true });
  await eventually(() => expect(acme.peek(one)?.name).toBe('restored'));
  await eventually(() => expect(acme.peek(plans.by('id', { id: 9 }))).toBeUndefined());
  await eventually(() => expect(acme.peek(theme)?.color).toBe('restored'));
  await eventually(() => expect(acme.peekEntry(one)?.stale).toBe(false));
  expect(stale).toContain(true);
  for (const each of watching) each.unsubscribe();
});

// R11, G7 of the promises
it('readers that know what Redis has lost keep it and say stale, from its return to the end of the repair', async () => {
  await using server = await startRedisServer({ appendOnly: 'no' });
  const redisPlace = { redisServer: server.url, prefix: freshPrefix(server.url).prefix };
  await using system = await openSystem({ sync: [[Plan, plans]], ...redisPlace });
  const { redis, prefix, replication } = system;
  const em = system.em();
  for (const id of [1, 2]) em.create(Plan, { id, tenantId: 'acme', slug: `p${id}`, name: `plan ${id}` });
  await em.flush();
  await system.drain();
  await replication.fillIfEmpty();
  expect(await replication.checkHistory()).toBe('same');
  // A repair that a busy machine makes late is not to be given up: each one is counted.
  const quick = { heartbeatMs: 100, feedTimeoutMs: 10_000, backoffMs: 20, maxBackoffMs: 100 };
  await using client = await createClient({ redis, prefix, ...quick });
  const acme = client.tenant('acme');
  const seen = new Map<number, string[]>();
  const watching = [1, 2, 3].map(id => {
    const said: string[] = [];
    seen.set(id, said);
    return acme
      .watchEntry(plans.by('id', { id }))
      .subscribe(({ value, stale }) => said.push(`${value?.name ?? 'nothing'}${stale ? ', stale' : ''}`));
  });
  await eventually(() => expect([...seen.values()].map(said => said.at(-1))).toEqual(['plan 1', 'plan 2', 'nothing']));
  await redis.call('SAVE');
  em.create(Plan, { id: 3, tenantId: 'acme', slug: 'p3', name: 'plan 3' });
  (await em.findOneOrFail(Plan, 1)).name = 'later';
  em.remove(await em.findOneOrFail(Plan, 2));
  await em.flush();
  await replication.settled();
  const known = ['later', 'nothing', 'plan 3'];
  await eventually(() => expect([...seen.values()].map(said => said.at(-1))).toEqual(known));
  for (const said of seen.values()) said.length = 0;
  await server.kill();
  await server.start();

  await eventually(() => expect(client.stats().resyncs).toBe(1));
  await eventually(async () =>
    expect(await firstValueFrom(client.status$)).toMatchObject({
      state: 'stale',
      why: expect.stringContaining('repaired'),
    }),
  );
  for (const [i, id] of [1, 2, 3].entries()) {
    const value = known[i] === 'nothing' ? undefined : expect.objectContaining({ name: known[i] });
    expect(await acme.entry(plans.by('id', { id }))).toMatchObject({ value, stale: true });
  }
  expect(await replication.checkHistory()).toBe('restarted');
  expect(await replication.audit({ repair: true })).toMatchObject({
    found: { orphan: 1, stale: 1, missing: 1 },
    left: 0,
  });
  await eventually(() => expect([...seen.values()].map(said => said.at(-1))).toEqual(known));
  // Nobody was shown anything else, nor told that something else is so.
  for (const [i, said] of [...seen.values()].entries())
    expect(new Set(said)).toEqual(new Set([`${known[i]}, stale`, known[i]]));
  expect(client.stats()).toMatchObject({ resyncs: 2, repairedBySweep: 0 });
  for (const each of watching) each.unsubscribe();
}, 180_000);
