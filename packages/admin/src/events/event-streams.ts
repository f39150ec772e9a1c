import type { Grant, Principal, Rights, Verb } from '@tenantry/admin-api';
import { may } from '@tenantry/admin-api';
import { type AnyConfig, type Scope, TenantryError } from '@tenantry/protocol';
import type { Client, RecordChanged } from '@tenantry/sdk';
import { ChangeTelling } from './change-telling.ts';
import { EventBytes } from './event-bytes.ts';
import { EventIds, fromEventId } from './event-id.ts';
import { EventStream } from './event-stream.ts';
import { HeldPlaces, type Holder } from './held-places.ts';
import { type EventText, Outlet } from './outlet.ts';
import { Replays } from './replays.ts';

/** What the streams of a server are made with. */
export interface EventStreamsParts {
  readonly client: Client;
  /** The registered configs, by name. */
  readonly definitions: () => ReadonlyMap<string, AnyConfig>;
  readonly clock: () => number;
  readonly random: () => number;
  /** Default 10,000. */
  readonly mostStreams?: number;
  /** Default 15,000. */
  readonly heartbeatMs?: number;
}

/** One stream that is asked for. */
export interface StreamRequest {
  readonly scope: Scope;
  readonly principal: Principal;
  readonly rights: Rights;
  readonly lastEventId: string | undefined;
  /** What the caller needs to hear of a config. Default `list`. */
  readonly verb?: Verb;
  /** Default: as the admin's own page reads them. */
  readonly textOf?: EventText;
  /** True: it does not end by itself. Default false. */
  readonly mayLast?: boolean;
}

interface OpenStream {
  readonly scope: Scope;
  readonly verb: Verb;
  readonly principal: Principal;
  rights: Rights;
  readonly outlet: Outlet;
  stream: EventStream | undefined;
  readonly endsAt: number;
}

const MOST_STREAMS = 10_000;
const HEARTBEAT_MS = 15_000;
/** Several times what a feed keeps. */
const MOST_BYTES = 256 * 1_024;
const REPLAYS_AT_ONCE = 16;
/** A stream ends by itself, so that they spread over the servers again after a restart. */
const AGE_MS = { least: 600_000, most: 1_200_000 };
const RETRY_MS = { least: 1_000, most: 5_000 };

const HEARTBEAT = Buffer.from(': \n\n');

/** The server-sent events of one server. */
export class EventStreams {
  readonly #parts: EventStreamsParts;
  readonly #open = new Set<OpenStream>();
  readonly #places = new HeldPlaces();
  readonly #replays = new Replays(REPLAYS_AT_ONCE);
  readonly #telling: ChangeTelling;
  readonly #bytes = new EventBytes();
  readonly #ids = new EventIds();
  #heart: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor(parts: EventStreamsParts) {
    this.#parts = parts;
    this.#telling = new ChangeTelling(parts.definitions);
  }

  get count(): number {
    return this.#open.size;
  }

  /** The answer to a request that was let through. `RATE_LIMITED` where there are too many, and nobody has more of them than this caller; `CLOSED`. */
  open(request: StreamRequest): Response {
    const { scope, principal, rights, lastEventId, verb = 'list', mayLast = false } = request;
    const { textOf = (event, data, id) => this.#bytes.of(event, data as object, id) } = request;
    const { client, clock, random, mostStreams = MOST_STREAMS, heartbeatMs = HEARTBEAT_MS } = this.#parts;
    if (this.#isClosed) throw new TenantryError('CLOSED', 'This server is closed.');
    if (this.#open.size >= mostStreams && !this.#makesRoom(holderOf(request)))
      throw new TenantryError(
        'RATE_LIMITED',
        `There are ${mostStreams} streams, and no more are opened: ask again later.`,
        {
          details: { retryAfterMs: between(RETRY_MS, random()) },
        },
      );
    const outlet = new Outlet({ mostBytes: MOST_BYTES, textOf, onEnd: () => this.#forget(entry) });
    const oldest = mayLast ? Number.POSITIVE_INFINITY : clock() + between(AGE_MS, random());
    // Whoever comes back then is asked anew who it is.
    const endsAt = Math.min(oldest, principal.until ?? oldest);
    const entry: OpenStream = { scope, verb, principal, rights, outlet, endsAt, stream: undefined };
    this.#open.add(entry);
    this.#places.take(holderOf(request));
    this.#heart ??= setInterval(() => this.#beat(), heartbeatMs).unref();
    // Some proxies hold back an answer without a body.
    outlet.write(`retry: ${between(RETRY_MS, random())}\n: ok\n\n`);
    const from = lastEventId === undefined ? undefined : fromEventId(lastEventId);
    const isLost = lastEventId !== undefined && from === undefined;
    const tell = (at: Scope, change: RecordChanged) => this.#telling.tell(entry, at, change, clock());
    const shared = { replays: this.#replays, ids: this.#ids };
    entry.stream = new EventStream({ client, scope, outlet, ...shared, tell }, from, isLost);
    if (!this.#open.has(entry)) entry.stream.end();
    return new Response(outlet.body, { headers: HEADERS });
  }

  /** Ends the streams of those who may not have them any more, and tells the others to ask again what they may do. */
  rightsChanged(rightsOf: (principal: Principal) => Rights): void {
    for (const entry of this.#open) {
      const rights = rightsOf(entry.principal);
      // A grant that ends by itself is still among them.
      const isHeld = may(rights, entry.verb, entry.scope, undefined, this.#parts.clock());
      if (isHeld && sameGrants(entry.rights.grants, rights.grants)) continue;
      entry.rights = rights;
      entry.outlet.send('rights', {});
      if (!isHeld) entry.outlet.end();
    }
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#heart);
    for (const { outlet } of this.#open) {
      outlet.send('end', { reason: 'the server is closing' });
      outlet.end();
    }
  }

  /** Ends the oldest stream of whoever has the most, for somebody who has fewer. */
  #makesRoom(asks: Holder): boolean {
    const giver = this.#places.giverFor(asks);
    for (const entry of this.#open) {
      const { caller, scope } = holderOf(entry);
      if (caller !== giver?.caller || scope !== giver.scope) continue;
      const { outlet } = entry;
      outlet.send('end', { reason: 'all streams are taken, and others have fewer' });
      outlet.end();
      return true;
    }
    return false;
  }

  #forget(entry: OpenStream): void {
    if (!this.#open.delete(entry)) return;
    this.#places.give(holderOf(entry));
    entry.stream?.end();
    if (this.#open.size > 0) return;
    clearInterval(this.#heart);
    this.#heart = undefined;
  }

  #beat(): void {
    const now = this.#parts.clock();
    for (const { outlet, endsAt, rights, scope, verb } of this.#open) {
      if (endsAt > now && may(rights, verb, scope, undefined, now)) {
        outlet.write(HEARTBEAT);
        continue;
      }
      outlet.send('end', { reason: 'streams end now and then: connect again' });
      outlet.end();
    }
  }
}

function holderOf({ principal, scope }: Pick<StreamRequest, 'principal' | 'scope'>): Holder {
  return { caller: principal.id, scope };
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  // nginx would collect it.
  'x-accel-buffering': 'no',
};

function between({ least, most }: { readonly least: number; readonly most: number }, random: number): number {
  return Math.round(least + (most - least) * random);
}

function sameGrants(one: readonly Grant[], other: readonly Grant[]): boolean {
  return one.length === other.length && one.every(({ id }, i) => id === other[i]?.id);
}
