import { testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { configStore } from '../../config-store/config-store.ts';
import { allConfigs, limit } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type SystemOptions, type TestEntityManager, type TestSystem } from '../../system.fixture.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

const captures = testServers().databaseUrl.startsWith('postgres')
  ? (['hooks'] as const)
  : (['hooks', 'trigger'] as const);

async function open(capture: 'hooks' | 'trigger', options: Partial<SystemOptions> = {}): Promise<void> {
  const tenantry = { publish: 'relay', configs: allConfigs, capture } as const;
  system = await openSystem({ sync: [[Plan, plans]], ...options, tenantry });
}

const acme = () => configStore(system.orm as never).tenant('acme');
const withToken = (work: () => unknown) => system.replication.withToken(work);
const notYet = { code: 'TIMEOUT', retryable: true };
const create = (em: TestEntityManager, slug = 'a') => void em.create(Plan, { tenantId: 'acme', slug });

describe.each(captures)('captured by %s, work in a transaction that is still open', capture => {
  const works: Record<string, (em: TestEntityManager) => Promise<unknown>> = {
    'a flush': async em => {
      create(em);
      await em.flush();
    },
    'an upsert': em => em.upsert(Plan, { tenantId: 'acme', slug: 'a', name: '' }),
    'a transaction in it': em => em.transactional(async each => create(each)),
    'a config': em => acme().set(limit, 5, { em: em as never }),
  };
  it.each(Object.entries(works))('gets no token, which would name nothing: %s', async (_, work) => {
    await open(capture);
    const refused = { code: 'NOT_ATOMIC', message: expect.stringContaining('the whole transaction') };
    await system.em().transactional(async em => {
      await expect(withToken(() => work(em))).rejects.toMatchObject(refused);
    });
    // Nothing is lost by it.
    expect(await system.replication.backlog()).toMatchObject({ waiting: 1 });
    // Around the whole of it there is a token, also where some part was refused one.
    const { token } = await withToken(() =>
      system.em().transactional(async em => {
        await withToken(async () => {
          create(em, 'b');
          await em.flush();
        }).catch(() => undefined);
      }),
    );
    await expect(system.replication.visible(token, { timeoutMs: 20 })).rejects.toMatchObject(notYet);
  });

  it('gets no token where the work itself left it open', async () => {
    await open(capture);
    const em = system.em();
    const left = withToken(async () => {
      await em.begin();
      create(em);
      await em.flush();
    });
    await expect(left).rejects.toMatchObject({ code: 'NOT_ATOMIC' });
    await em.rollback();
  });

  it('gets a token for what it did elsewhere, and where it only read', async () => {
    await open(capture);
    await system.em().transactional(async outer => {
      create(outer, 'outer');
      await outer.flush();
      const { token } = await withToken(async () => {
        await outer.find(Plan, {});
        const em = system.em();
        create(em);
        await em.flush();
      });
      await expect(system.replication.visible(token, { timeoutMs: 20 })).rejects.toMatchObject(notYet);
    });
  });

  it('gets a token where the work rolled back its own transactions', async () => {
    await open(capture);
    const fail = async (em: TestEntityManager) => {
      create(em);
      await em.flush();
      throw new Error('rolled back');
    };
    const { token } = await withToken(async () => {
      await system
        .em()
        .transactional(fail)
        .catch(() => undefined);
      await system.em().transactional(em => em.transactional(fail).catch(() => undefined));
    });
    await system.replication.visible(token);
  });
});

it.skipIf(captures.length === 1)(
  'gives no token for an upsert of which it cannot find out the transaction that triggers gave it',
  async () => {
    let isDown = false;
    const onQuery = (sql: string) => {
      if (isDown && sql.startsWith('select') && sql.includes('transaction_id')) throw new Error('down');
      return sql;
    };
    await open('trigger', { orm: { onQuery } });
    isDown = true;
    const upsert = withToken(() => system.em().upsert(Plan, { tenantId: 'acme', slug: 'a', name: '' }));
    await expect(upsert).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    isDown = false;
    expect(await system.replication.backlog()).toMatchObject({ waiting: 1 });
    await system.drain();
    expect(await system.value('acme', 'plans:slug:a')).toBeDefined();
  },
);
