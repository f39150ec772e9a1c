import {
  AbstractNamingStrategy,
  LoadStrategy,
  ObjectHydrator,
  type RawQueryFragment,
  RequestContext,
} from '@mikro-orm/core';
import { freshDatabase, testServers } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { openSystem } from '../system.fixture.ts';
import { Deal, deals, expectSameStory, Tag } from './application-story.fixture.ts';

// MikroORM's options are about the application's queries. Each is turned on that could reach ours, several in one ORM, and Redis must have
// what the tables have, as an ORM without any option reads them. Where it has not, the options are tried one by one.

class OwnHydrator extends ObjectHydrator {}

/** An application whose columns are called otherwise. */
class Prefixed extends AbstractNamingStrategy {
  classToTableName = (name: string): string => `t_${name.toLowerCase()}`;
  joinColumnName = (name: string): string => `c_${name}`;
  joinKeyColumnName = (name: string, column?: string): string => `c_${name}_${column ?? 'id'}`;
  joinTableName = (source: string, _target: string, property: string): string => `t_${source}_${property}`;
  propertyToColumnName = (name: string): string => `c_${name}`;
  referenceColumnName = (): string => 'c_id';
}

const quiet = { logger: () => undefined };
const mine = (cond: unknown, extra: object = {}) => ({ filters: { mine: { cond, default: true, ...extra } } });

const options: Readonly<Record<string, object>> = {
  'a filter without arguments': mine({ tenantId: 'acme' }),
  'a filter with arguments': mine((args: { tenant: string }) => ({ tenantId: args.tenant })),
  'a filter that finds nothing': mine({ id: -1 }),
  'a strict filter': mine({ tenantId: 'acme' }, { strict: true }),
  'a filter of tags only': mine({ label: 'blue' }, { entity: ['Tag'] }),
  'a result cache for every query': { resultCache: { global: 60_000 } },
  'entities for TypeScript': { entitiesTs: [Deal, Tag], preferTs: true },
  'a naming strategy': { namingStrategy: Prefixed },
  'the whole log': { debug: true, ...quiet },
  'no highlighting of names': { colors: false, debug: ['query'], ...quiet },
  'local times': { forceUtcTimezone: false },
  'a time zone': { timezone: '+05:30' },
  'undefined for null': { forceUndefined: true },
  'undefined for null that was not set': { initNullableProperties: true },
  'serialised references': { serialization: { forceObject: true, includePrimaryKeys: false } },
  'joined loading': { loadStrategy: LoadStrategy.JOINED },
  'loading by a second query': { loadStrategy: LoadStrategy.SELECT_IN },
  'a data loader': { dataloader: true },
  'collections narrowed by the condition': { populateWhere: 'infer' },
  'collections narrowed by a condition': { populateWhere: { tags: { label: 'blue' } } },
  'small batches': { batchSize: 1 },
  'one-to-one owners not joined': { autoJoinOneToOneOwner: false },
  'references not joined for filters': { autoJoinRefsForFilters: false, filtersOnRelations: false },
  'owners not told of relations': { propagateToOneOwner: false, propagationOnPrototype: false },
  'nothing populated after a flush': { populateAfterFlush: false },
  'no identity map': { disableIdentityMap: true },
  'undefined ignored in queries': { ignoreUndefinedInQuery: true },
  'a comment in every query': {
    onQuery: (sql: string | RawQueryFragment) => (typeof sql === 'string' ? `/* of the application */ ${sql}` : sql),
  },
  'a hydrator': { hydrator: OwnHydrator },
  'entities made by their constructor': { forceEntityConstructor: true },
  'created entities not persisted': { persistOnCreate: false },
  'upserted entities not managed': { upsertManaged: false },
  'required values not checked': { validateRequired: false },
  'the global entity manager': { allowGlobalContext: true },
  'flushes only by hand': { flushMode: 'commit' },
  'flushes before every query': { flushMode: 'always' },
  'late hooks of creation': { processOnCreateHooksEarly: false },
  'reads of replicas': { preferReadReplicas: true, replicas: [{ name: 'one' }] },
  'reads of the primary': { preferReadReplicas: false },
  'numbers as text': { driverOptions: { supportBigNumbers: true, bigNumberStrings: true } },
  'dates as text': { driverOptions: { dateStrings: true } },
  'the text of decimals as numbers': { driverOptions: { decimalNumbers: true } },
};
const onPostgres = testServers().databaseUrl.startsWith('postgres');
const captures = onPostgres ? (['hooks'] as const) : (['hooks', 'trigger'] as const);
const cases = Object.entries(options).filter(([, { driverOptions }]: [string, { driverOptions?: object }]) =>
  onPostgres ? !driverOptions : true,
);

type Group = (readonly [name: string, orm: object])[];

/** A story takes a second. Of options with the same name there is one in a group, and the groups are as large as each other. */
const groups: Group[] = [];
for (const [name, orm] of cases) {
  const isFree = (group: Group): boolean =>
    group.length < 9 && !group.some(([, other]) => Object.keys(other).some(key => key in orm));
  const [group] = groups.filter(isFree).sort((a, b) => a.length - b.length);
  if (group) group.push([name, orm]);
  else groups.push([[name, orm]]);
}
const named = groups.map(group => [group.map(([name]) => name).join(', '), group] as const);

describe.each(captures)('with capture by %s', capture => {
  it.each(named)('Redis has what the tables have: %s', async (_, group) => {
    try {
      await expectSameStory(Object.assign({}, ...group.map(([, orm]) => orm)), capture);
    } catch (together) {
      for (const [name, orm] of group)
        await expectSameStory(orm, capture).catch((cause: Error) => {
          throw new Error(`${name}: ${cause.message}`, { cause });
        });
      throw new Error('Each by itself does no harm, but together', { cause: together });
    }
  });
});

describe.each(captures)('around the call, with capture by %s', capture => {
  it('Redis has what the tables have in another schema than the connection’s, or the start says that it cannot', async () => {
    await using other = await freshDatabase();
    const story = expectSameStory({ schema: other.name }, capture);
    if (capture === 'hooks') await story;
    else
      await expect(story).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(other.name),
      });
  });

  it('a request’s schema, filters and signal are not ours', async () => {
    await using system = await openSystem({
      sync: [[Deal, deals]] as never,
      entities: [Deal, Tag],
      tenantry: { capture },
    });
    const em = system.em();
    em.create(Deal, { id: 1, tenantId: 'acme', slug: 'gold' } as never);
    await em.flush();
    await system.replication.settled();
    const request = system.orm.em.fork({ schema: 'nowhere', signal: AbortSignal.abort() });
    request.addFilter({ name: 'none', cond: { id: -1 } });
    await RequestContext.create(request, async () => {
      expect(await system.replication.backfill(Deal)).toMatchObject({ rows: 1, failed: 0 });
      expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
      expect(await system.replication.relay()).toEqual({ published: 0, more: false });
      expect(await system.replication.audit()).toMatchObject({ rows: 1, left: 0 });
    });
  });
});
