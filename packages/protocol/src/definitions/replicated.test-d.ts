import type {
  Collection,
  Hidden,
  LazyRef,
  Loaded,
  Opt,
  PrimaryKeyProp,
  Ref,
  Reference,
  ScalarReference,
} from '@mikro-orm/core';
import { describe, expectTypeOf, it } from 'vitest';
import type { KeyProperty, KeyValue, Property, Replicated } from '../index.ts';

// The types are MikroORM's own: what is matched by shape must match the real ones.

class Country {
  declare [PrimaryKeyProp]?: 'code';
  code!: string;
  name!: string;
}

class OrderLine {
  declare [PrimaryKeyProp]?: ['order', 'position'];
  order!: Ref<Order>;
  position!: number;
}

class Order {
  id!: bigint;
  lines!: Collection<OrderLine>;
}

class Tag {
  id!: number;
  label!: string;
  plans!: Collection<Plan>;
}

class Document {
  uuid!: string;
  title!: string;
}

class Both {
  id!: number;
  uuid!: string;
}

class Money {
  amount!: number;
  currency!: Opt<string>;
  note?: string;
  text(): string {
    return `${this.amount} ${this.currency}`;
  }
}

interface Settings {
  theme: { dark: boolean; accents: string[] };
  weights: Record<string, number>;
}

class Plan {
  id!: number;
  slug!: string;
  createdAt: Opt<Date> = new Date();
  title: Opt<string> = '';
  rank: Opt<number> = 0;
  active: Opt<boolean> = true;
  size: Opt<bigint> = 0n;
  tier!: 'free' | 'gold';
  nextTier!: Opt<'free' | 'gold'>;
  password!: Hidden<string>;
  bytes!: Uint8Array;
  notes?: string;
  closedAt!: Date | null;
  parent?: Plan | null;
  owner!: Ref<Document>;
  reviewer?: Ref<Document> | null;
  country!: Ref<Country>;
  line!: Ref<OrderLine>;
  bare!: Reference<Document>;
  lazy!: LazyRef<Document>;
  plain!: Document;
  both!: Both;
  tags!: Collection<Tag>;
  documents!: Collection<Document>;
  countries!: Collection<Country>;
  manual!: ScalarReference<string>;
  lazyNote!: ScalarReference<string | null>;
  lazySettings!: ScalarReference<Settings>;
  lazyFlag!: Ref<boolean>;
  price!: Money;
  prices!: Money[];
  settings!: Settings;
  labels!: string[];
  flags!: Set<'a' | 'b'>;
  anything!: unknown;

  get display(): string {
    return this.slug;
  }
  rename(slug: string): void {
    this.slug = slug;
  }
  onChange?: () => void;
}

type R = Replicated<Plan>;

describe('Replicated', () => {
  it('leaves methods out and keeps getters', () => {
    expectTypeOf<R>().not.toHaveProperty('rename');
    expectTypeOf<R>().not.toHaveProperty('onChange');
    expectTypeOf<R['display']>().toEqualTypeOf<string>();
  });

  it('leaves the symbols of the ORM out', () => {
    expectTypeOf<keyof Replicated<Country>>().toEqualTypeOf<'code' | 'name'>();
  });

  it('keeps scalars, dates, bytes and unions of literals', () => {
    expectTypeOf<R['slug']>().toEqualTypeOf<string>();
    expectTypeOf<R['tier']>().toEqualTypeOf<'free' | 'gold'>();
    expectTypeOf<R['bytes']>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<R['closedAt']>().toEqualTypeOf<Date | null>();
  });

  it('takes the brands of the ORM away', () => {
    expectTypeOf<R['createdAt']>().toEqualTypeOf<Date>();
    expectTypeOf<R['title']>().toEqualTypeOf<string>();
    expectTypeOf<R['rank']>().toEqualTypeOf<number>();
    expectTypeOf<R['active']>().toEqualTypeOf<boolean>();
    expectTypeOf<R['size']>().toEqualTypeOf<bigint>();
    expectTypeOf<R['password']>().toEqualTypeOf<string>();
  });

  it('cannot take a brand from a literal, which still is one', () => {
    expectTypeOf<R['nextTier']>().toExtend<'free' | 'gold'>();
    expectTypeOf<'free' | 'gold'>().toExtend<R['nextTier']>();
  });

  it('keeps brands of the user', () => {
    type Slug = string & { readonly brand: 'slug' };
    expectTypeOf<Replicated<{ slug: Slug }>>().toEqualTypeOf<{ readonly slug: Slug }>();
  });

  it('keeps optional properties optional and nullable ones nullable', () => {
    expectTypeOf<Replicated<{ a?: string; b: string | null; c?: Ref<Document> | null }>>().toEqualTypeOf<{
      readonly a?: string | null;
      readonly b: string | null;
      readonly c?: string | null;
    }>();
  });

  it('has null where the entity says undefined, because that is what the database says', () => {
    expectTypeOf<R['notes']>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<Replicated<{ a: string | undefined }>['a']>().toEqualTypeOf<string | null | undefined>();
  });

  it('is read-only in depth', () => {
    const read = {} as R;
    // @ts-expect-error a replicated value is shared
    read.slug = 'b';
    // @ts-expect-error also inside
    read.settings.theme.dark = true;
    // @ts-expect-error and its lists
    read.labels.push('x');
    // @ts-expect-error and its sets
    read.flags.add('a');
  });

  it('gives the primary key of a to-one relation, however it is declared', () => {
    expectTypeOf<R['owner']>().toEqualTypeOf<string>();
    expectTypeOf<R['reviewer']>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<R['bare']>().toEqualTypeOf<string>();
    expectTypeOf<R['lazy']>().toEqualTypeOf<string>();
    expectTypeOf<R['plain']>().toEqualTypeOf<string>();
    expectTypeOf<R['parent']>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<Replicated<Loaded<Plan, 'owner'>>['owner']>().toEqualTypeOf<string>();
  });

  it('finds a primary key of another name through Ref', () => {
    expectTypeOf<R['country']>().toEqualTypeOf<string>();
  });

  it('gives the parts of a composite primary key', () => {
    expectTypeOf<R['line']>().toEqualTypeOf<readonly (bigint | number)[]>();
  });

  it('prefers id where there is a uuid as well', () => {
    expectTypeOf<R['both']>().toEqualTypeOf<number>();
  });

  it('gives the list of keys of a collection', () => {
    expectTypeOf<R['tags']>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<R['documents']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<R['countries']>().toEqualTypeOf<readonly KeyValue[]>();
    expectTypeOf<Replicated<Loaded<Plan, 'tags'>>['tags']>().toEqualTypeOf<readonly number[]>();
  });

  it('gives the value of a lazy scalar', () => {
    expectTypeOf<R['manual']>().toEqualTypeOf<string>();
    expectTypeOf<R['lazyNote']>().toEqualTypeOf<string | null>();
    expectTypeOf<R['lazyFlag']>().toEqualTypeOf<boolean>();
    expectTypeOf<R['lazySettings']['theme']>().toEqualTypeOf<{
      readonly dark: boolean;
      readonly accents: readonly string[];
    }>();
  });

  it('goes into embedded objects and JSON', () => {
    expectTypeOf<R['price']>().toEqualTypeOf<{
      readonly amount: number;
      readonly currency: string;
      readonly note?: string | null;
    }>();
    expectTypeOf<R['prices'][number]['amount']>().toEqualTypeOf<number>();
    expectTypeOf<R['settings']>().toEqualTypeOf<{
      readonly theme: { readonly dark: boolean; readonly accents: readonly string[] };
      readonly weights: { readonly [name: string]: number };
    }>();
    expectTypeOf<R['flags']>().toEqualTypeOf<ReadonlySet<'a' | 'b'>>();
    expectTypeOf<R['anything']>().toEqualTypeOf<unknown>();
  });

  it('bears a type that contains itself', () => {
    type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
    expectTypeOf<Replicated<{ json: Json }>['json']>().extract<string>().toEqualTypeOf<string>();
    expectTypeOf<Json>().toExtend<Replicated<{ json: Json }>['json']>();
  });
});

describe('KeyProperty and Property', () => {
  it('allow scalars and to-one relations in a key, nothing else', () => {
    expectTypeOf<'slug' | 'createdAt' | 'tier' | 'closedAt' | 'notes'>().toExtend<KeyProperty<Plan>>();
    expectTypeOf<'owner' | 'reviewer' | 'country' | 'plain' | 'parent' | 'manual'>().toExtend<KeyProperty<Plan>>();
    expectTypeOf<
      Extract<KeyProperty<Plan>, 'tags' | 'price' | 'settings' | 'labels' | 'flags' | 'anything' | 'rename'>
    >().toEqualTypeOf<never>();
  });

  it('name every replicated property', () => {
    expectTypeOf<Property<Plan>>().toEqualTypeOf<keyof R>();
  });
});
