import { eventually } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditLog } from '../audit-log/audit-log.ts';
import { codeOf } from '../config-store/store.fixture.ts';
import { limit } from '../configs.fixture.ts';
import { waiting } from '../database/held-locks.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import type { Grant, NewGrant } from './grant.ts';
import { type Grants, grants } from './grants.ts';

let system: TestSystem;
let rights: Grants;

const open = (other?: TestSystem) =>
  openSystem({
    sync: [[Plan, plans]],
    tenantry: { admin: true, configs: [limit] },
    ...(other && { database: other.database, prefix: other.prefix }),
  });

beforeEach(async () => {
  system = await open();
  rights = grants(system.orm);
});
afterEach(() => system[Symbol.asyncDispose]());

const edit: NewGrant = { who: 'user:ann', verbs: ['edit', 'view'], scope: 'tenants/acme', config: 'plan' };

describe('whether a change may be', () => {
  it('is decided by the grants that hold at its moment: anything but `true` refuses it, and nothing is written', async () => {
    const seen: (readonly Grant[])[] = [];
    const given = await rights.give(edit);
    const answering = (answer: unknown) => ({
      allowed: (all: readonly Grant[]) => {
        seen.push(all);
        return answer as boolean;
      },
    });
    for (const answer of [false, undefined, 1, Promise.resolve(true)]) {
      expect(await codeOf(rights.give({ ...edit, who: 'user:eve' }, answering(answer)))).toBe('NOT_ALLOWED');
      expect(await codeOf(rights.take(given.id, answering(answer)))).toBe('NOT_ALLOWED');
      // What cannot be changed is not told either.
      expect(await codeOf(rights.take(9_999, answering(answer)))).toBe('NOT_ALLOWED');
    }
    expect(seen.every(all => all.length === 1 && all[0]?.id === given.id)).toBe(true);
    const thrown = new Error('mine');
    const throwing = {
      allowed: () => {
        throw thrown;
      },
    };
    expect(await codeOf(rights.take(given.id, throwing))).toBe(thrown);
    expect(await rights.all()).toEqual([given]);
    expect((await auditLog(system.orm).list()).items).toHaveLength(1);
  });

  // B7: two admins. The one who comes second decides by what the first one left.
  it.each(['give', 'take'] as const)(
    'is decided under a lock: a right that is being taken away allows no %s',
    async verb => {
      await using other = await open(system);
      const root = await rights.give({ who: 'user:bob', verbs: ['grant', 'edit'], scope: '*' });
      const victim = await rights.give({ who: 'user:ann', verbs: ['view'], scope: '*' });
      const holds = (all: readonly Grant[]) => all.some(({ id }) => id === root.id);

      // The first one has asked, and has not committed. Nor does anything else of its process: what is published is acknowledged by a timer.
      await system.replication.settled();
      const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const taking = holdCommit(system, asked, held.promise, () => rights.take(root.id, { allowed: holds }));
      await asked.promise;
      let decisions = 0;
      const allowed = (all: readonly Grant[]) => {
        decisions++;
        return holds(all);
      };
      const theirs = grants(other.orm);
      const second = codeOf(
        verb === 'give'
          ? theirs.give({ who: 'user:eve', verbs: ['edit'], scope: '*' }, { allowed })
          : theirs.take(victim.id, { allowed }),
      );
      try {
        await eventually(async () =>
          expect(await waiting(other.orm)).toEqual([expect.stringMatching(/tenantry_config.*for update/s)]),
        );
        expect(decisions).toBe(0);
      } finally {
        held.resolve();
      }
      expect(await taking).toMatchObject({ id: root.id });
      expect(await second).toBe('NOT_ALLOWED');
      expect((await rights.all()).map(({ who }) => who)).toEqual(['user:ann']);
    },
  );
});

/** The work, whose transaction stops before its COMMIT until it is told to go on. */
function holdCommit<T>(
  { orm }: TestSystem,
  asked: PromiseWithResolvers<void>,
  held: Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  const connection = orm.em.getConnection('write') as unknown as { commit(...args: unknown[]): Promise<void> };
  const commit = connection.commit.bind(connection);
  connection.commit = async (...args) => {
    asked.resolve();
    await held;
    return commit(...args);
  };
  return work().finally(() => {
    connection.commit = commit;
  });
}
