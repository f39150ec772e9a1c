import { defineConfig, defineSync, type Ref } from '@tenantry/protocol';
import type { Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { Client, ClientOptions, DefaultedEntry, Entry, TenantClient } from '../index.ts';

interface PlanSettings {
  id: number;
  tenantId: string;
  slug: string;
  internalNotes: string;
}

const planSettings = defineSync<PlanSettings>()({
  name: 'plan-settings',
  tenant: 'tenantId',
  keys: { id: ['id'], idAndSlug: ['id', 'slug'] },
  omit: ['internalNotes'],
});

declare const acme: TenantClient;
const ref = planSettings.by('idAndSlug', { id: 1, slug: 'gold' });
type Seen = { readonly id: number; readonly tenantId: string; readonly slug: string };

describe('the type of what is read', () => {
  it('comes from the definition, without a type argument', () => {
    expectTypeOf(acme.peek(ref)).toExtend<Seen | undefined>();
    expectTypeOf(acme.peek(ref)).not.toBeAny();
    expectTypeOf(acme.get(ref)).resolves.toExtend<Seen | undefined>();
    expectTypeOf(acme.watch(ref)).toExtend<Observable<Seen | undefined>>();
    expectTypeOf(acme.entry(ref)).resolves.toExtend<Entry<Seen>>();
    expectTypeOf(acme.watchEntry(ref)).toExtend<Observable<Entry<Seen>>>();
    // @ts-expect-error omitted properties are not there
    acme.peek(ref)?.internalNotes;
    // @ts-expect-error it may be absent
    acme.peek(ref).slug;
  });

  it('is one per ref in getMany, in their order', async () => {
    const flag = {} as Ref<boolean>;
    const [plan, on] = await acme.getMany([ref, flag]);
    expectTypeOf(plan).toExtend<Seen | undefined>();
    expectTypeOf(on).toEqualTypeOf<boolean | undefined>();
    const many = await acme.getMany([1, 2].map(id => planSettings.by('id', { id })));
    expectTypeOf(many[0]?.slug).toEqualTypeOf<string | undefined>();
  });

  it('keeps null apart from undefined', () => {
    expectTypeOf(acme.peek({} as Ref<string | null>)).toEqualTypeOf<string | null | undefined>();
  });

  it('refuses what does not fit', () => {
    // @ts-expect-error not a key of this definition
    acme.get(planSettings.by('slug', { slug: 'gold' }));
    // @ts-expect-error a value is missing
    acme.get(planSettings.by('idAndSlug', { id: 1 }));
    // @ts-expect-error a definition of an entity is not an address
    acme.get(planSettings);
    // @ts-expect-error values are read-only
    (acme.peek(ref) as NonNullable<ReturnType<typeof acme.peek<Seen>>>).slug = 'silver';
  });
});

describe('the type of a config', () => {
  const schema = z.object({ limit: z.string().transform(Number) });
  const plain = defineConfig({ name: 'plain', schema });
  const defaulted = defineConfig({ name: 'defaulted', schema, default: { limit: '5' } });
  type Limits = { readonly limit: number };

  it('is what its schema gives, or undefined', () => {
    expectTypeOf(acme.peek(plain)).toEqualTypeOf<Limits | undefined>();
    expectTypeOf(acme.get(plain)).resolves.toEqualTypeOf<Limits | undefined>();
    expectTypeOf(acme.watch(plain)).toEqualTypeOf<Observable<Limits | undefined>>();
    // @ts-expect-error it may not be set
    acme.entry(plain).then(({ value }) => value.limit);
  });

  it('stays the same with a read token, which is a text', () => {
    expectTypeOf(acme.get(defaulted, { atLeast: 'token' })).resolves.toEqualTypeOf<Limits>();
    expectTypeOf(acme.get(plain, { atLeast: ['one', 'two'] as const })).resolves.toEqualTypeOf<Limits | undefined>();
    expectTypeOf(acme.whenVisible('token', { timeoutMs: 5 })).resolves.toBeVoid();
    // @ts-expect-error a version is no token
    acme.get(plain, { atLeast: 5 });
  });

  it('is never undefined where there is a default, except where memory may not know', () => {
    expectTypeOf(acme.get(defaulted)).resolves.toEqualTypeOf<Limits>();
    expectTypeOf(acme.watch(defaulted)).toEqualTypeOf<Observable<Limits>>();
    expectTypeOf(acme.entry(defaulted)).resolves.toEqualTypeOf<DefaultedEntry<Limits>>();
    expectTypeOf(acme.watchEntry(defaulted)).toEqualTypeOf<Observable<DefaultedEntry<Limits>>>();
    expectTypeOf(acme.getMany([plain, defaulted, ref])).resolves.toExtend<[Limits | undefined, Limits, unknown]>();
    expectTypeOf(acme.peek(defaulted)).toEqualTypeOf<Limits | undefined>();
  });

  it('stays generic in a function of the application', () => {
    const either = <T>(one: Ref<T>) => acme.get(one);
    expectTypeOf(either(plain)).resolves.toEqualTypeOf<Limits | undefined>();
  });
});

it('a client is disposable, and its options are checked', () => {
  expectTypeOf<Client>().toExtend<AsyncDisposable>();
  expectTypeOf<{ redis: string; readTimeoutMs: number }>().toExtend<ClientOptions>();
  // @ts-expect-error no such option
  ({ redis: 'redis://localhost', readTimeout: 5 }) satisfies ClientOptions;
});

describe('the type of a view', () => {
  const schema = z.object({ limit: z.number() });
  const plain = defineConfig({ name: 'plain-view', schema });
  const defaulted = defineConfig({ name: 'defaulted-view', schema, default: { limit: 5 } });

  it('is what its ref and its projection give', () => {
    expectTypeOf(acme.select(defaulted, ({ limit }) => String(limit))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(acme.select(plain, value => value?.limit)).toEqualTypeOf<Observable<number | undefined>>();
    // @ts-expect-error it may not be set
    acme.select(plain, value => value.limit);
    expectTypeOf(acme.live(defaulted).value).toEqualTypeOf<{ readonly limit: number }>();
    expectTypeOf(acme.live(plain).value).toEqualTypeOf<{ readonly limit: number } | undefined>();
  });

  it('is one for each ref of many, by name or by ref', () => {
    acme.watchMany({ plain, defaulted }).subscribe(values => {
      expectTypeOf(values.defaulted).toEqualTypeOf<{ readonly limit: number }>();
      expectTypeOf(values.plain).toEqualTypeOf<{ readonly limit: number } | undefined>();
      // @ts-expect-error values are read-only
      values.plain = undefined;
    });
    acme.watchAll([plain, defaulted]).subscribe(values => {
      expectTypeOf(values.get(plain)).toEqualTypeOf<{ readonly limit: number } | undefined>();
    });
  });

  it('of a resource is what `open` makes', () => {
    const resource = acme.useResource(plain, { open: async ({ limit }) => ({ limit, end: () => undefined }) });
    expectTypeOf(resource.use(({ limit }) => limit)).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error `open` is needed
    acme.useResource(plain, {});
  });
});
