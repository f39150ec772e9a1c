import { type Grant, type Principal, type Rights, rightsOf, VERBS } from '@tenantry/admin-api';
import { TenantryError } from '@tenantry/protocol';
import { LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import type { Observable, Subscription } from 'rxjs';

/** What the rights are made of and kept current by. */
export interface LiveRightsParts {
  /** All grants that hold now, from the primary. */
  readonly all: () => Promise<readonly Grant[]>;
  /** Emits when a grant came or went, as far as the feed tells. */
  readonly changed$: Observable<unknown>;
  /** Whether the feed is live: else the grants are asked for again and again. */
  readonly isLive: () => boolean;
  /** Who may do everything from the start, as grants say it: `user:ann`, `group:ops`. */
  readonly admins: readonly string[];
  /** ms since 1970. */
  readonly now: () => number;
  readonly report: (error: unknown) => void;
}

const POLL_MS = 1_000;
/** One poll of so many is made in any case: who changed a grant may have had no Redis, and then a relay tells of it later. */
const SELDOM = 10;
/** So many callers' rights are kept. */
const CALLERS = 1_000;

/** What everybody may do, in memory, and never much older than the last change of a grant. */
export class LiveRights {
  readonly #parts: LiveRightsParts;
  readonly #listeners = new Set<() => void>();
  readonly #known = new Map<string, Rights>();
  #grants: readonly Grant[] | undefined;
  #reading: Promise<void> | undefined;
  #isAskedAgain = false;
  #told: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #following: Subscription | undefined;
  #isClosed = false;

  constructor(parts: LiveRightsParts) {
    this.#parts = parts;
  }

  /** Reads the grants, and follows them. Settles also where they cannot be read yet: then nobody may do anything. */
  async start(): Promise<void> {
    // Follow before the first read. The other order loses a change:
    //   this:  reads the grants
    //   other:                  takes one, and says so
    //   this:                                          follows  → it is seen with the next change
    this.#following = this.#parts.changed$.subscribe(() => void this.refresh());
    let polls = 0;
    this.#timer = setInterval(() => {
      polls++;
      const isDue = polls % SELDOM === 0;
      if (isDue || this.#grants === undefined || !this.#parts.isLive()) void this.refresh();
    }, POLL_MS);
    this.#timer.unref();
    await this.refresh();
  }

  /** The rights of a principal now. `UNAVAILABLE` where the grants could not be read since the start. */
  rightsOf(principal: Principal): Rights {
    if (this.#grants === undefined)
      throw new TenantryError(
        'UNAVAILABLE',
        'The rights could not be read from the database yet: nobody may do anything.',
      );
    const key = JSON.stringify([principal.id, principal.groups]);
    const rights = this.#known.get(key) ?? rightsOf(principal, this.#grants);
    // Set again, it is the last of the map; the first is the one that was not asked for the longest.
    this.#known.delete(key);
    this.#known.set(key, rights);
    if (this.#known.size > CALLERS) this.#known.delete(this.#known.keys().next().value as string);
    return rights;
  }

  /** Whether nobody may do anything, as far as is known. */
  get areNone(): boolean {
    return this.#grants?.length === 0;
  }

  /** These grants, and those that the options give: what a change of grants is judged by. */
  with(grants: readonly Grant[]): readonly Grant[] {
    return [...this.#fixed(), ...grants];
  }

  /** Calls back after each change of anybody's rights, also where a grant has ended. Returns what stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the grants again. What was asked for while a read is under way is read after it. */
  refresh(): Promise<void> {
    if (this.#reading) {
      this.#isAskedAgain = true;
      return this.#reading;
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#end);
    this.#following?.unsubscribe();
    this.#listeners.clear();
  }

  async #read(): Promise<void> {
    do {
      this.#isAskedAgain = false;
      try {
        const found = await this.#parts.all();
        if (this.#isClosed) return;
        this.#told = undefined;
        const before = this.#grants;
        this.#grants = this.with(found);
        if (before === undefined || JSON.stringify(before) !== JSON.stringify(this.#grants)) this.#tell();
      } catch (error) {
        // What is known goes on holding: a grant that is taken away is taken away in the same database.
        // Tried each second, and told once.
        const why = error instanceof TenantryError ? error.code : String(error);
        if (why !== this.#told) this.#parts.report(error);
        this.#told = why;
      }
    } while (this.#isAskedAgain && !this.#isClosed);
  }

  #tell(): void {
    this.#known.clear();
    this.#awaitEnd();
    for (const listener of this.#listeners) listener();
  }

  /** A grant ends by itself, and nobody says so. */
  #awaitEnd(): void {
    clearTimeout(this.#end);
    const now = this.#parts.now();
    const ends = (this.#grants ?? []).flatMap(({ expiresAt = 0 }) => (expiresAt > now ? expiresAt : []));
    if (ends.length === 0) return;
    const wait = Math.min(Math.min(...ends) - now, LONGEST_TIMER_MS);
    this.#end = setTimeout(() => this.#tell(), wait);
    this.#end.unref();
  }

  #fixed(): Grant[] {
    return this.#parts.admins.map((who, i) => ({
      ...{
        id: `option:${i + 1}`,
        who,
        verbs: VERBS,
        scope: '*',
        config: '*',
        createdAt: 0,
        createdBy: 'the option `admins`',
      },
    }));
  }
}
