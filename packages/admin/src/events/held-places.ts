/** Whose place it is, and which scope it hears of. */
export interface Holder {
  readonly caller: string;
  readonly scope: string;
}

/** How many of the places each caller has, and how many of those for each scope, where there are only so many. */
export class HeldPlaces {
  readonly #callers = new Map<string, number>();
  readonly #scopes = new Map<string, Map<string, number>>();

  take({ caller, scope }: Holder): void {
    const scopes = this.#scopes.get(caller) ?? new Map<string, number>();
    this.#scopes.set(caller, scopes);
    add(this.#callers, caller, 1);
    add(scopes, scope, 1);
  }

  give({ caller, scope }: Holder): void {
    const scopes = this.#scopes.get(caller);
    if (!scopes?.has(scope)) return;
    add(this.#callers, caller, -1);
    add(scopes, scope, -1);
    if (scopes.size === 0) this.#scopes.delete(caller);
  }

  /**
   * Whoever has the most, and has more than this caller would have with one more: that one can give a place up, and still has as many. Undefined: nobody. So one
   * caller cannot take all places, two callers do not take them from each other again and again, and one that is alone may have all of them.
   *
   * A caller's own places are shared out among its scopes by the same rule. Of a token that all browsers of a shop share each browser has the address of its own
   * tenant's stream: one that opens thousands takes places from its tenant, and from no other. Not by the callers' IP addresses: behind a proxy all have one.
   */
  giverFor({ caller, scope }: Holder): Holder | undefined {
    const other = mostOf(this.#callers, countOf(this.#callers, caller) + 1);
    if (other !== undefined) return { caller: other, scope: mostOf(this.#scopesOf(other), 0) as string };
    const own = this.#scopesOf(caller);
    const giver = mostOf(own, countOf(own, scope) + 1);
    return giver === undefined ? undefined : { caller, scope: giver };
  }

  #scopesOf(caller: string): ReadonlyMap<string, number> {
    return this.#scopes.get(caller) ?? new Map();
  }
}

function countOf(counts: ReadonlyMap<string, number>, key: string): number {
  return counts.get(key) ?? 0;
}

function add(counts: Map<string, number>, key: string, more: number): void {
  const count = countOf(counts, key) + more;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

/** What has the most, and more than this. */
function mostOf(counts: ReadonlyMap<string, number>, than: number): string | undefined {
  let [found, most]: [string | undefined, number] = [undefined, than];
  for (const [key, count] of counts) if (count > most) [found, most] = [key, count];
  return found;
}
