import { expectTypeOf, it } from 'vitest';
import type { Replicated } from '../index.ts';

class Money {
  amount!: number;
  text(): string {
    return `${this.amount}`;
  }
}

it('says what arrives of what is no plain data', () => {
  interface Odd {
    home: URL;
    homes: URL[] | null;
    lookup: Map<string, number>;
    lookups: { inner: ReadonlyMap<string, number> };
    weights: Float64Array;
    pattern: RegExp;
    later: Promise<string>;
    span: { toJSON(): { from: Date; to: URL }; days(): number };
    money: Money;
    moneys: Set<Money>;
  }
  type O = Replicated<Odd>;
  expectTypeOf<O['home']>().toEqualTypeOf<string>();
  expectTypeOf<O['homes']>().toEqualTypeOf<readonly string[] | null>();
  expectTypeOf<O['lookup']>().toEqualTypeOf<never>();
  expectTypeOf<O['lookups']['inner']>().toEqualTypeOf<never>();
  expectTypeOf<O['weights']>().toEqualTypeOf<never>();
  expectTypeOf<O['pattern']>().toEqualTypeOf<never>();
  expectTypeOf<O['later']>().toEqualTypeOf<never>();
  expectTypeOf<O['span']>().toEqualTypeOf<{ readonly from: Date; readonly to: string }>();
  expectTypeOf<O['money']>().not.toHaveProperty('text');
});
