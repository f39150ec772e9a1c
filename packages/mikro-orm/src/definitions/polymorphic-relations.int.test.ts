import { defineEntity, p } from '@mikro-orm/core';
import { defineSync } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { openSystem } from '../system.fixture.ts';

const Team = defineEntity({ name: 'Team', properties: { id: p.integer().primary(), name: p.string() } });
const Person = defineEntity({ name: 'Person', properties: { id: p.integer().primary(), name: p.string() } });
const Quota = defineEntity({
  name: 'Quota',
  properties: {
    id: p.integer().primary(),
    tenantId: p.string().length(40),
    holder: () => p.manyToOne([Team, Person]).nullable(),
  },
});
interface Held {
  id: number;
  tenantId: string;
  holder: { id: number; name: string } | null;
}
const sync = [
  Quota,
  defineSync<Held>()({ name: 'quotas', tenant: 'tenantId', keys: { id: ['id'] } }) as never,
] as const;
const captures = testServers().databaseUrl.startsWith('postgres') ? ['hooks'] : ['hooks', 'trigger'];

it.each(captures as ('hooks' | 'trigger')[])(
  'a relation that may point at several classes is replicated with the class: a team 5 is no person 5 (%s)',
  async capture => {
    await using system = await openSystem({ sync: [sync], entities: [Quota, Team, Person], tenantry: { capture } });
    const em = system.em();
    const [team, person] = [em.create(Team, { id: 5, name: 't' }), em.create(Person, { id: 5, name: 'p' })];
    em.create(Quota, { id: 1, tenantId: 'acme', holder: team });
    em.create(Quota, { id: 2, tenantId: 'acme', holder: person });
    em.create(Quota, { id: 3, tenantId: 'acme', holder: null });
    await em.flush();
    const holders = () =>
      Promise.all([1, 2, 3].map(async id => ((await system.value('acme', `quotas:id:${id}`)) as Held).holder));
    expect(await holders()).toEqual([['team', 5], ['person', 5], null]);

    const other = system.em();
    (await other.findOneOrFail(Quota, 1)).holder = other.getReference(Person, 5);
    await other.flush();
    expect(await holders()).toEqual([['person', 5], ['person', 5], null]);
    await system.replication.settled();
    expect(await system.replication.audit()).toMatchObject({ left: 0, complete: true });
    await system.redis.del(...(await system.redis.keys(`${system.prefix}*`)));
    await system.replication.backfill(Quota);
    expect(await holders()).toEqual([['person', 5], ['person', 5], null]);
  },
);

it('a relation that may point at several classes is no sync key', async () => {
  const keyed = defineSync<Held>()({ name: 'quotas', tenant: 'tenantId', keys: { holder: ['holder'] } as never });
  await expect(openSystem({ sync: [[Quota, keyed as never]], entities: [Quota, Team, Person] })).rejects.toMatchObject({
    code: 'INVALID_DEFINITION',
  });
});
