import { type Hidden, HiddenProps } from '@mikro-orm/core';
import { defineSync, type Ref } from '@tenantry/protocol';
import type { Redis } from 'ioredis';
import { expectTypeOf, it } from 'vitest';
import { tenantry } from '../tenantry.ts';
import type { WithoutHidden } from './without-hidden.ts';

type ValueOf<R> = R extends Ref<infer T> ? T : never;

declare const redis: Redis;

class Branded {
  id!: number;
  tenantId!: string;
  password!: Hidden<string>;
  pin?: Hidden<number> | null;
  note?: string;
}

class Listed {
  [HiddenProps]?: 'password' | 'pin';
  id!: number;
  tenantId!: string;
  password!: string;
  pin!: number;
}

const branded = defineSync<WithoutHidden<Branded>>()({ name: 'branded', tenant: 'tenantId', keys: { id: ['id'] } });
const listed = defineSync<WithoutHidden<Listed>>()({ name: 'listed', tenant: 'tenantId', keys: { id: ['id'] } });

it('shows a reader nothing that is hidden', () => {
  expectTypeOf<keyof ValueOf<ReturnType<typeof branded.by>>>().toEqualTypeOf<'id' | 'tenantId' | 'note'>();
  expectTypeOf<keyof ValueOf<ReturnType<typeof listed.by>>>().toEqualTypeOf<'id' | 'tenantId'>();
});

it('takes a hidden property for no key', () => {
  // @ts-expect-error hidden
  defineSync<WithoutHidden<Branded>>()({ name: 'x', keys: { pin: ['pin'] } });
});

it('goes with its entity', () => {
  expectTypeOf(() =>
    tenantry({
      redis,
      sync: [
        [Branded, branded],
        [Listed, listed],
      ],
    }),
  ).toBeFunction();
});
