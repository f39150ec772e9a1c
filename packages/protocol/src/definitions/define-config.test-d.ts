import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { ConfigDefinition, DefaultedConfig } from './config-definition.ts';
import { defineConfig } from './define-config.ts';
import type { Ref } from './ref.ts';

describe('defineConfig', () => {
  const schema = z.object({ limit: z.string().transform(Number) });

  it('infers what is written and what is read from the schema', () => {
    expectTypeOf(defineConfig({ name: 'a', schema })).toEqualTypeOf<
      ConfigDefinition<{ limit: number }, { limit: string }>
    >();
    expectTypeOf(defineConfig({ name: 'a', schema })).toExtend<Ref<{ limit: number }>>();
  });

  it('knows that a config with a default always has a value', () => {
    expectTypeOf(defineConfig({ name: 'a', schema, default: { limit: '1' } })).toEqualTypeOf<
      DefaultedConfig<{ limit: number }, { limit: string }>
    >();
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
