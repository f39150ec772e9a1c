import type { Scope } from '@tenantry/protocol';
import type { ChangeEvent, ChangePosition, Client, RecordChanged } from '@tenantry/sdk';
import { Subscription } from 'rxjs';
import type { EventIds } from './event-id.ts';
import type { Outlet } from './outlet.ts';
import type { Replays } from './replays.ts';
import { clientOf, watchChain } from './scope-chain.ts';

/** What a stream tells of a change. */
export interface ToldChange {
  readonly scope: Scope;
  readonly config?: string;
  /** An entity's. */
  readonly record?: string;
  /** Absent for `inherited`. */
  readonly version?: number;
  /**
   * `set`, `unset`: of this scope's own value. `inherited`: a scope above has changed, which the caller may not see; the values of this one may be
   * others now. `groups`: the groups of this scope. `record`: a row of an entity.
   */
  readonly kind: 'set' | 'unset' | 'inherited' | 'groups' | 'record';
}

/** What a stream is made with. */
export interface StreamParts {
  readonly client: Client;
  readonly scope: Scope;
  readonly outlet: Outlet;
  readonly replays: Replays;
  readonly ids: EventIds;
  /** What the caller may know of a change; undefined: nothing. */
  tell(scope: Scope, change: RecordChanged): ToldChange | undefined;
}

/**
 * Tells what changes in a scope and in those that it inherits from. Each scope has a feed of its own, and an id says how far each of them was
 * told: a browser that comes back with one gets what it has missed, in the order of each feed; what it has heard to its end, it does not hear again.
 */
export class EventStream {
  readonly #parts: StreamParts;
  /** How far each scope was told: where the browser was, until its feed has begun. */
  readonly #position: Map<Scope, ChangePosition>;
  readonly #feeds = new Map<Scope, Feed>();
  readonly #watch: Subscription;
  #chain: readonly Scope[] | undefined;
  /** Why the caller must read again, until all feeds have begun: then it is told once, and what it reads has all that they do not tell. */
  #owed: string | undefined;
  #isEnded = false;

  constructor(parts: StreamParts, from: ReadonlyMap<Scope, ChangePosition> | undefined, isLost: boolean) {
    this.#parts = parts;
    this.#position = new Map(from);
    if (isLost) this.#resync('the id is of no position that this server knows');
    this.#watch = watchChain(parts.client, parts.scope).subscribe(chain => this.#follow(chain));
    if (this.#isEnded) this.#watch.unsubscribe();
  }

  end(): void {
    this.#isEnded = true;
    this.#watch?.unsubscribe();
    for (const { listening } of this.#feeds.values()) listening.unsubscribe();
    this.#feeds.clear();
  }

  #follow(chain: readonly Scope[]): void {
    const before = this.#chain ?? (this.#position.size > 0 ? [...this.#position.keys()] : chain);
    this.#chain = chain;
    for (const [scope, { listening }] of this.#feeds) {
      if (chain.includes(scope)) continue;
      listening.unsubscribe();
      this.#feeds.delete(scope);
    }
    for (const scope of this.#position.keys()) if (!chain.includes(scope)) this.#position.delete(scope);
    for (const scope of chain) if (!this.#feeds.has(scope)) this.#listen(scope);
    // Groups that came or went change values, and no feed of theirs tells it.
    if (!isSameSet(before, chain)) this.#resync('the groups of the scope have changed');
  }

  #listen(scope: Scope): void {
    const from = this.#position.get(scope);
    const feed: Feed = { listening: new Subscription(), hasBegun: false };
    this.#feeds.set(scope, feed);
    const { client, replays } = this.#parts;
    const events$ = clientOf(client, scope).changes$({ from });
    const hear = (event: ChangeEvent) => this.#hear(scope, feed, event);
    // Whoever has missed something reads it from Redis: some at a time.
    feed.listening.add(from ? replays.subscribe(events$, hear) : events$.subscribe(hear));
  }

  #hear(scope: Scope, feed: Feed, event: ChangeEvent): void {
    this.#position.set(scope, event.position);
    if (event.kind === 'gap') this.#resync('changes are missing');
    else if (event.kind === 'changes') this.#tell(scope, event.changes);
    if (feed.hasBegun) return;
    feed.hasBegun = true;
    if (!this.#haveAllBegun()) return;
    const owed = this.#owed;
    this.#owed = undefined;
    if (owed !== undefined) this.#resync(owed);
    this.#parts.outlet.send('ready', { scopes: this.#chain }, this.#id());
  }

  #haveAllBegun(): boolean {
    const feeds = [...this.#feeds.values()];
    return feeds.length === this.#chain?.length && feeds.every(({ hasBegun }) => hasBegun);
  }

  /** The id goes with the last one: whoever is cut off before it hears the whole transaction again, and never half of it. */
  #tell(scope: Scope, changes: readonly RecordChanged[]): void {
    const told = changes.flatMap(change => this.#parts.tell(scope, change) ?? []);
    for (const [i, change] of told.entries())
      this.#parts.outlet.send('change', change, i === told.length - 1 ? this.#id() : undefined);
  }

  #resync(reason: string): void {
    if (this.#haveAllBegun()) this.#parts.outlet.send('resync', { reason }, this.#id());
    else this.#owed ??= reason;
  }

  #id(): string {
    return this.#parts.ids.of(this.#position);
  }
}

interface Feed {
  readonly listening: Subscription;
  hasBegun: boolean;
}

function isSameSet(one: readonly Scope[], other: readonly Scope[]): boolean {
  return one.length === other.length && one.every(scope => other.includes(scope));
}
