import type { Collection, Opt, Ref as OrmRef } from '@mikro-orm/core';
import { describe, expectTypeOf, it } from 'vitest';
import { defineSync, type Ref, type Replicated, type SyncDefinition } from '../index.ts';

class Tag {
  id!: number;
  label!: string;
}

class Owner {
  id!: bigint;
}

class PlanSettings {
  id!: number;
  tenantId!: string;
  slug!: Opt<string>;
  tier!: 'free' | 'gold';
  validFrom!: Date;
  code!: string | null;
  region?: string;
  internalNotes!: string;
  limits!: { seats: number };
  owner!: OrmRef<Owner>;
  tags!: Collection<Tag>;
  rename(slug: string): void {
    this.slug = slug;
  }
}

// What must not compile is in functions that are never called: at run time most of it is refused as well.
describe('defineSync', () => {
  const planSettings = defineSync<PlanSettings>()({
    name: 'plan-settings',
    tenant: 'tenantId',
    keys: {
      id: ['id'],
      slug: ['slug'],
      idAndSlug: ['id', 'slug'],
      tier: ['tier', 'validFrom'],
      code: ['code'],
      region: ['region'],
      owner: ['owner'],
    },
  });

  it('gives a ref to the row as a reader sees it', () => {
    expectTypeOf(planSettings.by('id', { id: 1 })).toEqualTypeOf<Ref<Replicated<PlanSettings>>>();
  });

  it('does not compile with a property that the entity does not have', () => {
    const keys = { name: 'x', keys: { id: ['id'] } } as const;
    // @ts-expect-error a typo in a key
    () => defineSync<PlanSettings>()({ name: 'x', keys: { slug: ['slugg'] } });
    // @ts-expect-error a typo in the tenant
    () => defineSync<PlanSettings>()({ ...keys, tenant: 'tenant' });
    // @ts-expect-error a typo in omit
    () => defineSync<PlanSettings>()({ ...keys, omit: ['notes'] });
    // @ts-expect-error a typo in pick
    () => defineSync<PlanSettings>()({ ...keys, pick: ['notes'] });
    // @ts-expect-error a method is not replicated
    () => defineSync<PlanSettings>()({ ...keys, omit: ['rename'] });
  });

  it('does not compile with a key of something that has no canonical text', () => {
    // @ts-expect-error an embedded object
    () => defineSync<PlanSettings>()({ name: 'x', keys: { limits: ['limits'] } });
    // @ts-expect-error a collection
    () => defineSync<PlanSettings>()({ name: 'x', keys: { tags: ['tags'] } });
    // @ts-expect-error a method
    () => defineSync<PlanSettings>()({ name: 'x', keys: { rename: ['rename'] } });
    // @ts-expect-error a key needs a property
    () => defineSync<PlanSettings>()({ name: 'x', keys: { none: [] } });
  });

  it('does not compile with a tenant that could not stand in a key', () => {
    // @ts-expect-error an embedded object
    () => defineSync<PlanSettings>()({ name: 'x', keys: { id: ['id'] }, tenant: 'limits' });
    // @ts-expect-error a collection
    () => defineSync<PlanSettings>()({ name: 'x', keys: { id: ['id'] }, tenant: 'tags' });
  });

  it('needs a name and keys', () => {
    // @ts-expect-error no name
    () => defineSync<PlanSettings>()({ keys: { id: ['id'] } });
    // @ts-expect-error no keys
    () => defineSync<PlanSettings>()({ name: 'x' });
  });

  it('takes omitted properties from what a reader gets', () => {
    const omitting = defineSync<PlanSettings>()({
      name: 'x',
      keys: { id: ['id'] },
      omit: ['internalNotes', 'limits'],
    });
    const ref = omitting.by('id', { id: 1 });
    expectTypeOf(ref).toEqualTypeOf<Ref<Omit<Replicated<PlanSettings>, 'internalNotes' | 'limits'>>>();
    type Read = typeof ref extends Ref<infer T> ? T : never;
    expectTypeOf<Read>().not.toHaveProperty('internalNotes');
    expectTypeOf<Read['region']>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<Read['validFrom']>().toEqualTypeOf<Date>();
  });

  it('gives only the picked properties', () => {
    const picking = defineSync<PlanSettings>()({ name: 'x', keys: { id: ['id'] }, pick: ['slug', 'owner', 'tags'] });
    type Read = ReturnType<typeof picking.by> extends Ref<infer T> ? T : never;
    expectTypeOf<Read>().toEqualTypeOf<{
      readonly slug: string;
      readonly owner: bigint;
      readonly tags: readonly number[];
    }>();
  });

  it('addresses by properties that a reader does not get', () => {
    const picking = defineSync<PlanSettings>()({ name: 'x', keys: { id: ['id'] }, pick: ['slug'] });
    expectTypeOf(picking.by).parameter(1).toEqualTypeOf<{ readonly id: number }>();
  });

  it('also takes an interface of the user, where the entity has no type or a JSON column has an id', () => {
    interface Row {
      id: number;
      payload: { reference: { code: string } };
    }
    const rows = defineSync<Row>()({ name: 'rows', keys: { id: ['id'] } });
    expectTypeOf(rows.by('id', { id: 1 })).toEqualTypeOf<
      Ref<{ readonly id: number; readonly payload: { readonly reference: { readonly code: string } } }>
    >();
  });

  it('can be kept in a list with others', () => {
    const owners = defineSync<Owner>()({ name: 'owners', keys: { id: ['id'] } });
    expectTypeOf([planSettings, owners]).toExtend<readonly SyncDefinition[]>();
  });

  describe('by', () => {
    it('takes the name of a key and the values of its properties', () => {
      expectTypeOf(planSettings.by<'id'>)
        .parameter(1)
        .toEqualTypeOf<{ readonly id: number }>();
      expectTypeOf(planSettings.by<'slug'>)
        .parameter(1)
        .toEqualTypeOf<{ readonly slug: string }>();
      expectTypeOf(planSettings.by<'tier'>)
        .parameter(1)
        .toEqualTypeOf<{ readonly tier: 'free' | 'gold'; readonly validFrom: Date }>();
    });

    it('takes the primary key of a to-one relation', () => {
      expectTypeOf(planSettings.by<'owner'>)
        .parameter(1)
        .toEqualTypeOf<{ readonly owner: bigint }>();
    });

    it('wants a value also where the property is nullable or optional', () => {
      expectTypeOf(planSettings.by<'code'>)
        .parameter(1)
        .toEqualTypeOf<{ readonly code: string }>();
      expectTypeOf(planSettings.by<'region'>)
        .parameter(1)
        .toEqualTypeOf<{ readonly region: string }>();
    });

    it('does not compile with anything else', () => {
      // @ts-expect-error no such key
      () => planSettings.by('slugg', { slug: 'gold' });
      // @ts-expect-error a value of the wrong type
      () => planSettings.by('id', { id: '1' });
      // @ts-expect-error a value that is not one of the literals
      () => planSettings.by('tier', { tier: 'silver', validFrom: new Date(0) });
      // @ts-expect-error a value is missing
      () => planSettings.by('idAndSlug', { id: 1 });
      // @ts-expect-error a value of another key
      () => planSettings.by('id', { slug: 'gold' });
      // @ts-expect-error a value too many
      () => planSettings.by('id', { id: 1, slug: 'gold' });
      // @ts-expect-error null is no value
      () => planSettings.by('code', { code: null });
    });

    it('names the value only by its type: two rows of two entities are not exchangeable', () => {
      const tags = defineSync<Tag>()({ name: 'tags', keys: { id: ['id'] } });
      expectTypeOf(tags.by('id', { id: 1 })).not.toExtend<Ref<Replicated<PlanSettings>>>();
    });
  });
});
