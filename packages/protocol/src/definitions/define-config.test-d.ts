import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { ConfigDefinition, DefaultedConfig, LayerOf } from './config-definition.ts';
import { defineConfig } from './define-config.ts';
import type { Ref } from './ref.ts';

describe('defineConfig', () => {
  const schema = z.object({ limit: z.string().transform(Number) });

  it('infers what is written and what is read from the schema', () => {
    expectTypeOf(defineConfig({ name: 'a', schema })).toEqualTypeOf<
      ConfigDefinition<{ readonly limit: number }, { limit: string }>
    >();
    expectTypeOf(defineConfig({ name: 'a', schema })).toExtend<Ref<{ limit: number }>>();
  });

  it('knows that a config with a default always has a value', () => {
    expectTypeOf(defineConfig({ name: 'a', schema, default: { limit: '1' } })).toEqualTypeOf<
      DefaultedConfig<{ readonly limit: number }, { limit: string }>
    >();
  });

  it('takes a part of a value for a layer where layers are merged, and gives the whole one to readers', () => {
    const plans = z.object({
      plans: z.array(z.object({ id: z.string(), seats: z.number() })),
      note: z.string().nullable(),
    });
    const merged = defineConfig({ name: 'a', schema: plans, inherit: 'merge', mergeListsBy: { '/plans': 'id' } });
    expectTypeOf(merged).toExtend<Ref<{ plans: { id: string; seats: number }[]; note: string | null }>>();
    const set = <I>(_: ConfigDefinition<unknown, I>, __: I) => undefined;
    set(merged, { plans: [{ id: 'gold' }] });
    set(merged, { note: null });
    // @ts-expect-error seats are a number
    set(merged, { plans: [{ id: 'gold', seats: 'many' }] });
    const defaulted = defineConfig({ name: 'a', schema, inherit: 'merge', default: { limit: '1' } });
    expectTypeOf(defaulted).toEqualTypeOf<DefaultedConfig<{ readonly limit: number }, { readonly limit?: string }>>();
    // @ts-expect-error a default is a whole value
    defineConfig({ name: 'a', schema: plans, inherit: 'merge', default: { note: null } });
    // @ts-expect-error a whole value is replaced by a whole value
    set(defineConfig({ name: 'a', schema: plans, inherit: 'replace' }), { note: null });
  });

  it('takes a part of every object for a layer, however deep, and the whole of what has no parts', () => {
    type Id = string & { readonly brand: 'id' };
    expectTypeOf<LayerOf<{ id: Id; limit: number | null }>>().toEqualTypeOf<{
      readonly id?: Id;
      readonly limit?: number | null;
    }>();
    ({ acme: { tags: ['a'] } }) satisfies LayerOf<{ [tenant: string]: { seats: number; tags: string[] } }>;
    // @ts-expect-error seats are a number
    ({ acme: { seats: 'many' } }) satisfies LayerOf<{ [tenant: string]: { seats: number; tags: string[] } }>;
    interface Tree {
      name: string;
      children: Tree[];
    }
    ({ children: [{ children: [{ name: 'a' }] }] }) satisfies LayerOf<Tree>;
    // @ts-expect-error a name is a text, in the depth, too
    ({ children: [{ children: [{ name: 1 }] }] }) satisfies LayerOf<Tree>;
    expectTypeOf<LayerOf<unknown>>().toBeUnknown();
    expectTypeOf<LayerOf<boolean | { on: boolean }>>().toEqualTypeOf<boolean | { readonly on?: boolean }>();
  });

  it('does not compile an option of inheritance that does not exist', () => {
    // @ts-expect-error no such way to inherit
    defineConfig({ name: 'a', schema, inherit: 'deep' });
    // @ts-expect-error the path's key is a name
    defineConfig({ name: 'a', schema, inherit: 'merge', mergeListsBy: { '/plans': 1 } });
    // @ts-expect-error a list of names
    defineConfig({ name: 'a', schema, aliases: 'b' });
    // @ts-expect-error a list of variables
    defineConfig({ name: 'a', schema, expand: true });
  });

  it('does not compile a default of another type, or an option that does not exist', () => {
    // @ts-expect-error the schema's input is a string
    defineConfig({ name: 'a', schema, default: { limit: 1 } });
    // @ts-expect-error no such policy
    defineConfig({ name: 'a', schema, writePolicy: 'write-behind' });
    // @ts-expect-error no such unit
    defineConfig({ name: 'a', schema, ttl: '1 fortnight' });
  });
});
