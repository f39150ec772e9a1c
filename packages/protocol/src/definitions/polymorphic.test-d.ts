import type { Collection, Ref } from '@mikro-orm/core';
import { describe, expectTypeOf, it } from 'vitest';
import type { KeyProperty, Replicated } from '../index.ts';

interface Tag {
  id: number;
  label: string;
}
interface Document {
  uuid: string;
  title: string;
}

describe('relations that may point at several classes', () => {
  it('give the class with the key of a relation to one of several classes', () => {
    interface Quota {
      id: number;
      holder: Tag | Document;
      reference: Ref<Tag> | Ref<Document> | null;
      one: Ref<Tag> | Tag;
      holders: Collection<Tag | Document>;
    }
    type Holder = readonly [type: string, key: string | number, ...more: (string | number)[]];
    type Q = Replicated<Quota>;
    expectTypeOf<Q['holder']>().toEqualTypeOf<Holder>();
    expectTypeOf<Q['reference']>().toEqualTypeOf<Holder | null>();
    expectTypeOf<Q['one']>().toEqualTypeOf<number>();
    expectTypeOf<Q['holders']>().toEqualTypeOf<readonly Holder[]>();
    expectTypeOf<KeyProperty<Quota>>().toEqualTypeOf<'id' | 'one'>();
  });
});
