import { defineEntity, EntitySchema, type InferEntity, MikroORM, p } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { MikroORM as MariaDbORM } from '@mikro-orm/mariadb';
import { MikroORM as MySqlORM } from '@mikro-orm/mysql';
import { MikroORM as PostgreSqlORM } from '@mikro-orm/postgresql';
import { defineSync } from '@tenantry/protocol';
import type { Redis } from 'ioredis';
import { describe, expectTypeOf, it } from 'vitest';
import type * as api from './index.ts';
import { configStore, databaseSource, replication, type SyncEntry, tenantry, writeBack } from './index.ts';

declare const redis: Redis;
declare const orm: MikroORM;

@Entity()
class PlanSettings {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @Property({ type: 'string' }) tenantId!: string;
  @Property({ type: 'string' }) slug!: string;
  isGold(): boolean {
    return this.slug === 'gold';
  }
}
interface Limit {
  code: string;
  tenantId: string;
  amount: number;
}
const LimitSchema = new EntitySchema<Limit>({
  name: 'Limit',
  properties: { code: { type: 'string', primary: true }, tenantId: { type: 'string' }, amount: { type: 'integer' } },
});
const Feature = defineEntity({
  name: 'Feature',
  properties: { uuid: p.uuid().primary(), tenantId: p.string(), isOn: p.boolean().default(false) },
});

const planSettings = defineSync<PlanSettings>()({ name: 'plans', tenant: 'tenantId', keys: { slug: ['slug'] } });
const limits = defineSync<Limit>()({ name: 'limits', tenant: 'tenantId', keys: { code: ['code'] } });
const features = defineSync<InferEntity<typeof Feature>>()({ name: 'features', keys: { uuid: ['uuid'] } });

describe('sync', () => {
  it('takes an entity with its own definition, however the entity was made', () => {
    tenantry({ redis, sync: [[PlanSettings, planSettings]] });
    tenantry({ redis, sync: [[LimitSchema, limits]] });
    tenantry({ redis, sync: [[Feature, features]] });
    tenantry({
      redis,
      sync: [
        [PlanSettings, planSettings],
        [LimitSchema, limits],
        [Feature, features],
        [Feature, defineSync<InferEntity<typeof Feature>>()({ name: 'others', keys: { on: ['isOn'] } })],
      ],
    });
    tenantry({ redis, sync: [] });
  });

  it('does not take the definition of another entity', () => {
    // @ts-expect-error a class with the definition of a schema
    tenantry({ redis, sync: [[PlanSettings, limits]] });
    // @ts-expect-error a schema with the definition of a class
    tenantry({ redis, sync: [[LimitSchema, planSettings]] });
    // @ts-expect-error a defined entity with the definition of a class
    tenantry({ redis, sync: [[Feature, planSettings]] });
    // @ts-expect-error a class with the definition of a defined entity
    tenantry({ redis, sync: [[PlanSettings, features]] });
    const right = [PlanSettings, planSettings] as const;
    // @ts-expect-error one wrong among right ones
    tenantry({ redis, sync: [right, [LimitSchema, features]] });
  });

  it('does not take what is no pair of an entity and a definition', () => {
    // @ts-expect-error no definition
    tenantry({ redis, sync: [[PlanSettings]] });
    // @ts-expect-error the wrong way round
    tenantry({ redis, sync: [[planSettings, PlanSettings]] });
    // @ts-expect-error not a list of pairs
    tenantry({ redis, sync: [PlanSettings, planSettings] });
    // @ts-expect-error a name
    tenantry({ redis, sync: [['PlanSettings', planSettings]] });
  });

  it('takes a definition of what entity and reader share', () => {
    const shared = defineSync<{ id: number; slug: string }>()({ name: 'shared', keys: { id: ['id'] } });
    tenantry({ redis, sync: [[PlanSettings, shared]] });
  });

  it('takes a list that was put together elsewhere', () => {
    const entries: SyncEntry[] = [[PlanSettings, planSettings]];
    tenantry({ redis, sync: entries });
  });
});

it('is an extension of MikroORM', () => {
  MikroORM.init({
    extensions: [tenantry({ redis, sync: [[PlanSettings, planSettings]], publish: 'relay' })],
  } as never);
  // @ts-expect-error an option that is not there
  tenantry({ redis, sync: [], publishTimeout: 5 });
  // @ts-expect-error no connection
  tenantry({ sync: [] });
});

it('publishes in one of three ways, and names commits', () => {
  tenantry({ redis, sync: [], publish: 'background', publishQueueSize: 100 });
  // @ts-expect-error another way
  tenantry({ redis, sync: [], publish: 'later' });
  type Named<R> = Promise<{ readonly result: R; readonly token: string }>;
  expectTypeOf(replication(orm).withToken(() => orm.em.flush())).toEqualTypeOf<Named<void>>();
  expectTypeOf(replication(orm).withToken(async () => 5)).toEqualTypeOf<Named<number>>();
});

it('takes an ORM of any driver, however its entities are listed', async () => {
  const asConst = [PlanSettings, LimitSchema, Feature] as const;
  for (const any of [
    await MySqlORM.init({ entities: asConst }),
    await MariaDbORM.init({ entities: asConst }),
    await PostgreSqlORM.init({ entities: asConst }),
    new MySqlORM({ entities: [PlanSettings] }),
    await MariaDbORM.init({ entities: [LimitSchema, Feature] }),
    await PostgreSqlORM.init({ entities: ['./dist/*.entity.js'] }),
  ]) {
    replication(any);
    configStore(any);
    writeBack(any);
    databaseSource(any);
  }
  // @ts-expect-error an entity manager
  replication(orm.em);
});

it('has no `any` in what it exports', () => {
  type Exported = { [K in keyof typeof api]: (typeof api)[K] };
  expectTypeOf<Exported[keyof Exported]>().not.toBeAny();
  expectTypeOf(tenantry).parameter(0).not.toBeAny();
  expectTypeOf(replication(orm).backfill).parameter(0).not.toBeAny();
  expectTypeOf(replication(orm).backfill).parameter(1).not.toBeAny();
  expectTypeOf(replication(orm).redis).not.toBeAny();
  expectTypeOf<api.BackfillProgress[keyof api.BackfillProgress]>().not.toBeAny();
  expectTypeOf<api.DeadRow[keyof api.DeadRow]>().not.toBeAny();
  expectTypeOf<api.ReplicationReport[keyof api.ReplicationReport]>().not.toBeAny();
  expectTypeOf<api.SyncEntry[number]>().not.toBeAny();
});
