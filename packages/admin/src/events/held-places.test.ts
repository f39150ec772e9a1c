import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeldPlaces, type Holder } from './held-places.ts';

/** So many places, and who gets one or is refused. */
class Server {
  readonly held: Holder[] = [];
  readonly #places = new HeldPlaces();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  ask(holder: Holder): boolean {
    if (this.held.length >= this.#most) {
      const giver = this.#places.giverFor(holder);
      const at = this.held.findIndex(({ caller, scope }) => caller === giver?.caller && scope === giver.scope);
      if (at < 0) return false;
      this.leave(at);
    }
    this.#places.take(holder);
    this.held.push(holder);
    return true;
  }

  leave(at: number): void {
    for (const left of this.held.splice(at, 1)) this.#places.give(left);
  }

  count(caller: string, scope?: string): number {
    return this.held.filter(each => each.caller === caller && (scope ?? each.scope) === each.scope).length;
  }
}

it('of a token that many share one tenant takes places from itself, and from no other', () => {
  const server = new Server(100);
  const of = (scope: string): Holder => ({ caller: 'shop', scope });
  for (let i = 0; i < 20; i++) server.ask(of('tenants/quiet'));
  for (let i = 0; i < 500; i++) server.ask(of('tenants/loud'));
  expect([server.count('shop', 'tenants/quiet'), server.count('shop', 'tenants/loud')]).toEqual([20, 80]);
  for (let i = 0; i < 10; i++) expect(server.ask(of(`tenants/new-${i}`))).toBe(true);
  expect([server.count('shop', 'tenants/quiet'), server.count('shop', 'tenants/loud')]).toEqual([20, 70]);
  // Somebody at the page is not kept out by however many share the token.
  expect(server.ask({ caller: 'ann', scope: 'tenants/quiet' })).toBe(true);
  expect(server.count('shop', 'tenants/loud')).toBe(69);
});

it('whoever has fewer gets a place, nobody who has it loses it to somebody with as many, and no asking goes round for ever', () => {
  const holder = fc.record({ caller: fc.constantFrom('a', 'b', 'c'), scope: fc.constantFrom('x', 'y', 'z') });
  const step = fc.oneof(holder, fc.nat({ max: 20 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 9 }), (steps, most) => {
      const server = new Server(most);
      for (const each of steps) {
        if (typeof each === 'number') {
          server.leave(each);
          continue;
        }
        const before = [...server.held];
        const isTaken = server.ask(each);
        expect(server.held.length).toBeLessThanOrEqual(most);
        const lost = before.filter(one => !server.held.includes(one));
        expect(isTaken || lost.length === 0).toBe(true);
        for (const { caller, scope } of lost) {
          // Whoever gave still has as many as whoever got it.
          if (caller === each.caller)
            expect(server.count(caller, scope)).toBeGreaterThanOrEqual(server.count(caller, each.scope));
          else expect(server.count(caller)).toBeGreaterThanOrEqual(server.count(each.caller));
        }
        if (isTaken) continue;
        for (const { caller } of before)
          expect(server.count(caller)).toBeLessThanOrEqual(server.count(each.caller) + 1);
      }
    }),
  );
});
