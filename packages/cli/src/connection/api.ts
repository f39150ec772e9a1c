import type { AnswerOf, BodyOf, RouteId } from '@tenantry/admin-api';
import { Failure } from '../failures/failure.ts';
import { parseJson, toJson } from '../json/raw-numbers.ts';
import { addressOf, type Place } from './address.ts';
import { isAnswerOf } from './answer-marks.ts';
import type { Answer } from './exchange.ts';
import { explained, withScope, withToken } from './explained.ts';
import { type KnownConfig, withNames } from './not-found.ts';
import { send } from './send.ts';
import { VERSION } from './version.ts';

/** Where the server is, and who calls. */
export interface Connection {
  /** Of the admin, with its base path: `https://admin.example.com/tenantry`. */
  readonly url: string;
  readonly token: string | undefined;
  /** Where that came from, or why there is none: said where the server knows nobody by it. */
  readonly tokenNote?: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told of each request: never of a header or a body. */
  readonly debug: (line: string) => void;
  /** Nothing that would change anything may be sent. */
  readonly readsOnly?: boolean | undefined;
}

/** What goes with a call. */
export interface Asked<Id extends RouteId> extends Place {
  readonly body?: BodyOf<Id>;
  /** The ETag of what was read. */
  readonly ifMatch?: string | undefined;
  /** `*`: only where nothing is set. */
  readonly ifNoneMatch?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What a call was answered with. */
export interface Answered<Id extends RouteId> {
  readonly answer: AnswerOf<Id>;
  readonly etag: string | undefined;
}

/** Routes that come page by page. */
export type ListRouteId = {
  [Id in RouteId]: AnswerOf<Id> extends { items: readonly unknown[] } ? Id : never;
}[RouteId];

/** One item of such a route. */
export type ItemOf<Id extends ListRouteId> = AnswerOf<Id> extends { items: readonly (infer Item)[] } ? Item : never;

/** `POST`s that change nothing. */
const READS: ReadonlySet<RouteId> = new Set(['configs.preview', 'configs.stored']);

/** The one place that talks to the server. */
export class Api {
  readonly connection: Connection;
  #known: Promise<readonly KnownConfig[]> | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** One call and its whole answer. */
  async call<Id extends RouteId>(id: Id, asked: Asked<Id> = {}): Promise<Answered<Id>> {
    const [text, etag] = await this.#send(id, asked, async response => [
      await response.text(),
      response.header('etag'),
    ]);
    const answer = text === '' ? undefined : parsed(text);
    if (!isAnswerOf(id, answer)) throw noAdmin(this.connection.url);
    return { answer: answer as AnswerOf<Id>, etag };
  }

  /** A list, page by page: the next page is asked for when this one was taken. `most` ends it sooner. */
  async *pages<Id extends ListRouteId>(
    id: Id,
    { query, ...asked }: Asked<Id> = {},
    most = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<readonly ItemOf<Id>[], void, undefined> {
    let cursor: string | undefined;
    for (let [left, page] = [most, FIRST_PAGE]; left > 0; page = PAGE) {
      const limit = Math.min(left, page);
      const { answer } = await this.call(id, { ...asked, query: { ...query, limit, cursor } } as unknown as Asked<Id>);
      const { items, cursor: next } = answer as { items: readonly ItemOf<Id>[]; cursor?: string };
      left -= items.length;
      if (items.length > 0) yield items;
      if (next === undefined) return;
      cursor = next;
    }
  }

  /** A call whose answer is read as it comes: of this type. */
  open<Id extends RouteId>(id: Id, asked: Asked<Id>): Promise<Answer> {
    return this.#send(id, asked, async answer => {
      if (answer.header('content-type')?.startsWith(STREAMS[id] ?? '')) return answer;
      answer.close();
      throw noAdmin(this.connection.url);
    });
  }

  /** Asked once: after the first name that is not there. */
  #knownConfigs(): Promise<readonly KnownConfig[]> {
    const read = async () => {
      const known: KnownConfig[] = [];
      for await (const page of this.pages('definitions.list')) known.push(...page);
      return known;
    };
    this.#known ??= read();
    return this.#known;
  }

  async #send<Id extends RouteId, T>(
    id: Id,
    { body, ifMatch, ifNoneMatch, headers, ...place }: Asked<Id>,
    take: (answer: Answer) => Promise<T>,
  ): Promise<T> {
    const { url, token, tokenNote, readsOnly, ...bounds } = this.connection;
    const [method, path] = addressOf(id, place);
    const isRead = method === 'GET' || READS.has(id);
    if (readsOnly && !isRead)
      throw new Failure('INTERNAL', `This call must write nothing, and "${id}" would. Nothing was sent.`);
    const request = {
      ...{ method, isRead, url: `${url}/api/v1${path}`, ...bounds },
      headers: {
        ...{ accept: 'application/json', 'user-agent': `tenantry/${VERSION}`, ...headers },
        // Without a token: a server that answers this machine alone must see that no page of another site asks.
        ...(token === undefined ? { 'sec-fetch-site': 'none' } : { authorization: `Bearer ${token}` }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : toJson(body),
    };
    try {
      return await send(request, take);
    } catch (error) {
      const told = withToken(withScope(await explained(error, id, request, url), place.names), tokenNote);
      throw await withNames(told, place.names, () => this.#knownConfigs());
    }
  }
}

const STREAMS: Partial<Readonly<Record<RouteId, string>>> = {
  'events.stream': 'text/event-stream',
  'audit.export': 'application/x-ndjson',
};

const PAGE = 500;
/** Somebody waits for the first line. */
const FIRST_PAGE = 100;

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new Failure('UNKNOWN_ANSWER', 'The server answered with something that is no JSON.');
  }
}

function noAdmin(url: string): Failure {
  return new Failure(
    'UNKNOWN_ANSWER',
    `What answers at ${url} does not answer as an admin of Tenantry does: its base path may be missing.`,
  );
}
