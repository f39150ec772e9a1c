import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineConfig } from '../definitions/define-config.ts';
import type { Ref } from '../definitions/ref.ts';
import type { ReadOnlyFields } from './read-only-fields.ts';

const schema = z.object({
  seats: z.number(),
  limits: z.object({ rate: z.number().nullable() }).optional(),
  tags: z.array(z.string()),
  servers: z.array(z.object({ host: z.string() })),
});
type Plan = z.infer<typeof schema>;
const plan = defineConfig({ name: 'plan', schema });
declare function read<T>(ref: Ref<T>): T;

describe('what a reader gets of a config', () => {
  it('cannot be assigned to, however deep', () => {
    const value = read(plan);
    // @ts-expect-error it is frozen
    value.seats = 3;
    // @ts-expect-error it is frozen in depth
    if (value.limits) value.limits.rate = 3;
    // @ts-expect-error what is in a list is frozen, too
    if (value.servers[0]) value.servers[0].host = 'a';
  });

  it('fits where the type of the schema is wanted', () => {
    expectTypeOf(read(plan)).toExtend<Plan>();
    const change = (of: Plan): Plan => ({ ...of, seats: 3 });
    change(read(plan));
    const copy = { ...read(plan) };
    copy.seats = 3;
  });

  it('is of the same type where nothing can be assigned: texts, dates, sets, bytes, instances, and what nobody knows', () => {
    class Secret {
      readonly #text = '';
      readonly length = this.#text.length;
    }
    class Money {
      amount = 0;
      add(other: Money): Money {
        return other;
      }
    }
    type Id = string & { readonly brand: 'id' };
    type Same = [Id, Date, Set<string>, Map<string, { a: number }>, URL, Uint8Array, Secret, Money, () => void];
    expectTypeOf<ReadOnlyFields<Same>>().toEqualTypeOf<Same>();
    expectTypeOf<ReadOnlyFields<'off' | 'on' | null | undefined | 7>>().toEqualTypeOf<
      'off' | 'on' | null | undefined | 7
    >();
    expectTypeOf<ReadOnlyFields<unknown>>().toBeUnknown();
    expectTypeOf<ReadOnlyFields<ReturnType<typeof JSON.parse>>>().toBeAny();
  });

  it('keeps unions, records, tuples and types that contain themselves', () => {
    type Shape = { kind: 'a'; r: number } | { kind: 'b'; w: number };
    expectTypeOf<ReadOnlyFields<Shape>>().toEqualTypeOf<
      { readonly kind: 'a'; readonly r: number } | { readonly kind: 'b'; readonly w: number }
    >();
    expectTypeOf<ReadOnlyFields<Record<string, number>>>().toEqualTypeOf<Readonly<Record<string, number>>>();
    expectTypeOf<ReadOnlyFields<readonly string[]>>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<ReadOnlyFields<[a: string, b: { c: number }]>>().toEqualTypeOf<
      [a: string, b: { readonly c: number }]
    >();
    interface Tree {
      name: string;
      below: Tree[];
    }
    expectTypeOf<ReadOnlyFields<Tree>>().toExtend<Tree>();
    const rename = ({ below }: ReadOnlyFields<Tree>) => {
      // @ts-expect-error it is frozen in depth
      for (const tree of below) tree.name = 'a';
    };
    expectTypeOf(rename).parameter(0).toExtend<Tree>();
    expectTypeOf(read(defineConfig({ name: 'json', schema: z.json() }))).toExtend<z.infer<ReturnType<typeof z.json>>>();
  });
});
