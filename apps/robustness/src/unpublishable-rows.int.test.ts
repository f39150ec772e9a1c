import { EntitySchema } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { createClient, type Entry } from '@tenantry/sdk';
import { eventually, testServers } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { openSystem, type TestSystem } from '../../../packages/mikro-orm/src/system.fixture.ts';

interface Deal {
  id: number;
  tenantId: string;
  slug: string;
  text: string;
  endsAt: Date | null;
}

const Deal = new EntitySchema<Deal>({
  name: 'UnpublishableDeal',
  tableName: 'deal',
  properties: {
    id: { type: 'integer', primary: true },
    tenantId: { type: 'string' },
    slug: { type: 'string' },
    text: { type: 'text' },
    endsAt: { type: 'datetime', nullable: true },
  },
});
const deals = defineSync<Deal>()({
  name: 'deals',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'] },
  maxBytes: 2_000,
});
const byId = deals.by('id', { id: 1 });
const bySlug = (slug = 'one') => deals.by('slug', { slug });
const TOO_LARGE = 'x'.repeat(3_000);

const open = (capture: 'hooks' | 'trigger') =>
  openSystem({ sync: [[Deal, deals]], tenantry: { capture, maxAttempts: 1 } });

function client(system: TestSystem, onTrouble?: (error: unknown) => void) {
  const { prefix } = system;
  return createClient({ redis: testServers().redisUrl, prefix, heartbeatMs: 100, readTimeoutMs: 15_000, onTrouble });
}

const seen = (text: string | undefined, stale: boolean) => ({
  value: text && expect.objectContaining({ text }),
  stale,
});

describe.each(['hooks', 'trigger'] as const)(
  'a row whose present state cannot be published, captured by %s',
  capture => {
    async function change(system: TestSystem, values: Partial<Deal>) {
      const em = system.em() as never as {
        findOneOrFail(e: unknown, id: number): Promise<Deal>;
        flush(): Promise<void>;
      };
      Object.assign(await em.findOneOrFail(Deal, 1), values);
      await em.flush();
    }
    async function create(system: TestSystem, values: Partial<Deal> = {}) {
      await system.em().insert(
        Deal as never,
        {
          ...{ id: 1, tenantId: 'acme', slug: 'one', text: 'first', endsAt: null, ...values },
        } as never,
      );
      if (capture === 'hooks') await system.replication.republish(Deal, { id: 1 }).catch(() => undefined);
      else await system.replication.relay();
    }

    it('is stale to those who have it and to those who come later, until it can be published', async () => {
      await using system = await open(capture);
      await create(system);
      const troubles: unknown[] = [];
      await using early = await client(system, error => troubles.push(error));
      const acme = early.tenant('acme');
      const watched: Entry<unknown>[] = [];
      const watching = acme.watchEntry(byId).subscribe(entry => watched.push(entry));
      expect(await acme.entry(bySlug())).toMatchObject(seen('first', false));

      await change(system, { text: TOO_LARGE });
      await eventually(async () => {
        for (const ref of [byId, bySlug()]) expect(await acme.entry(ref)).toMatchObject(seen('first', true));
      });
      expect(acme.peek(byId)?.text).toBe('first');
      await eventually(() => expect(watched.at(-1)).toMatchObject(seen('first', true)));
      await eventually(() => expect(troubles).toContainEqual(expect.objectContaining({ code: 'NOT_PUBLISHED' })));
      await eventually(async () =>
        expect(await system.replication.deadRows()).toMatchObject([{ recordId: '1', tenant: 'acme' }]),
      );

      await using late = await client(system);
      for (const ref of [byId, bySlug()])
        expect(await late.tenant('acme').entry(ref)).toMatchObject(seen('first', true));

      await change(system, { text: 'third' });
      for (const each of [early, late])
        await eventually(async () => {
          for (const ref of [byId, bySlug()])
            expect(await each.tenant('acme').entry(ref)).toMatchObject(seen('third', false));
        });
      await eventually(() => expect(watched.at(-1)).toMatchObject(seen('third', false)));
      watching.unsubscribe();
    });

    it('is stale under its new key, too, and leaves the old one with the next state', async () => {
      await using system = await open(capture);
      await create(system);
      await using reader = await client(system);
      const acme = reader.tenant('acme');
      expect(await acme.entry(bySlug())).toMatchObject(seen('first', false));
      await change(system, { text: TOO_LARGE, slug: 'two' });
      await eventually(async () => expect(await acme.entry(bySlug())).toMatchObject(seen('first', true)));
      expect(await acme.entry(bySlug('two'))).toMatchObject(seen(undefined, true));
      await change(system, { text: 'third' });
      await eventually(async () => expect(await acme.entry(bySlug('two'))).toMatchObject(seen('third', false)));
      expect(await acme.entry(bySlug())).toMatchObject(seen(undefined, false));
    });

    it('is stale after Redis was filled again, whether a reader had it before or not', async () => {
      await using system = await open(capture);
      await create(system);
      await using early = await client(system);
      const acme = early.tenant('acme');
      expect(await acme.entry(byId)).toMatchObject(seen('first', false));
      await change(system, { text: TOO_LARGE });
      await eventually(async () => expect(await acme.entry(byId)).toMatchObject(seen('first', true)));
      for (const key of await system.redis.keys(`${system.prefix}:*`)) await system.redis.del(key);
      await eventually(() => system.replication.fillIfEmpty());
      await using late = await client(system);
      expect(await late.tenant('acme').entry(byId)).toMatchObject(seen(undefined, true));
      expect(await acme.entry(byId)).toMatchObject(seen('first', true));
      await change(system, { text: 'third' });
      for (const each of [early, late])
        await eventually(async () => expect(await each.tenant('acme').entry(byId)).toMatchObject(seen('third', false)));
    });
  },
);

it('a zero date leaves no reader with the row of before as fresh', async () => {
  await using system = await open('trigger');
  await system
    .em()
    .insert(Deal as never, { id: 1, tenantId: 'acme', slug: 'one', text: 'first', endsAt: null } as never);
  await system.replication.relay();
  await using reader = await client(system);
  const acme = reader.tenant('acme');
  await eventually(async () => expect(await acme.entry(byId)).toMatchObject(seen('first', false)));
  await system.em().transactional(async em => {
    await em.execute("set session sql_mode = ''");
    await em.execute("update deal set text = 'second', ends_at = '0000-00-00 00:00:00' where id = 1");
    await em.execute('set session sql_mode = default');
  });
  await eventually(async () => {
    await system.replication.relay();
    expect(await acme.entry(byId)).toMatchObject(seen('first', true));
  });
  await system.em().execute("update deal set text = 'third', ends_at = null where id = 1");
  await eventually(async () => {
    await system.replication.relay();
    expect(await acme.entry(byId)).toMatchObject(seen('third', false));
  });
});
