import type { RouteId } from '@tenantry/admin-api';
import { CallFailed, problemOf } from './problem.ts';
import { type AnswerOf, type Asked, addressOfCall, type BodyOf } from './request.ts';
import { type Limits, tooLarge } from './too-large.ts';

export interface Answered<Id extends RouteId> {
  readonly answer: AnswerOf<Id>;
  readonly etag: string | undefined;
}

/** What goes with a write. */
export interface WriteOptions<Id extends RouteId> extends Asked {
  readonly body?: BodyOf<Id>;
  /** The ETag of what was read. */
  readonly ifMatch?: string | undefined;
  /** `*`: only if it does not exist yet. */
  readonly ifNoneMatch?: string | undefined;
}

/** The one place that talks to the server. */
export class Api {
  /** Of the API: `/api/v1`, with whatever stands before it. */
  readonly root: string;
  readonly #limits: () => Limits;

  constructor(root: string, limits: () => Limits) {
    this.root = root;
    this.#limits = limits;
  }

  /** Undefined: nothing has changed since `etag`. */
  async read<Id extends RouteId>(id: Id, asked: Asked, etag?: string): Promise<Answered<Id> | undefined> {
    const response = await this.#send(id, asked, etag === undefined ? {} : { 'If-None-Match': etag });
    if (response.status === 304) return undefined;
    return this.#answered(response);
  }

  async write<Id extends RouteId>(
    id: Id,
    { body, ifMatch, ifNoneMatch, ...asked }: WriteOptions<Id>,
  ): Promise<Answered<Id>> {
    const headers: Record<string, string> = {};
    if (ifMatch !== undefined) headers['If-Match'] = ifMatch;
    if (ifNoneMatch !== undefined) headers['If-None-Match'] = ifNoneMatch;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const text = body === undefined ? undefined : JSON.stringify(body);
    const problem = text === undefined ? undefined : tooLarge(id, text, this.#limits());
    if (problem !== undefined) throw new CallFailed(413, 'PAYLOAD_TOO_LARGE', problem);
    return this.#answered(await this.#send(id, asked, headers, text));
  }

  /** Why a body would not be sent, for people; undefined: it would. */
  tooLarge<Id extends RouteId>(id: Id, body: BodyOf<Id>): string | undefined {
    return tooLarge(id, JSON.stringify(body), this.#limits());
  }

  /** Where a route is, for links and streams. */
  address(id: RouteId, asked: Asked): string {
    return this.root + addressOfCall(id, asked)[1];
  }

  async #send(id: RouteId, asked: Asked, headers: Record<string, string>, body?: string): Promise<Response> {
    const [method, path] = addressOfCall(id, asked);
    const init: RequestInit = { method, headers: { Accept: 'application/json', ...headers }, cache: 'no-store' };
    try {
      return await fetch(this.root + path, body === undefined ? init : { ...init, body });
    } catch {
      throw new CallFailed(0, 'UNREACHABLE', 'The server cannot be reached.');
    }
  }

  async #answered<Id extends RouteId>(response: Response): Promise<Answered<Id>> {
    const text = await response.text();
    const body = text === '' ? undefined : parsed(text, response.status);
    if (!response.ok) throw problemOf(response.status, body);
    return { answer: body as AnswerOf<Id>, etag: response.headers.get('ETag') ?? undefined };
  }
}

function parsed(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CallFailed(status, 'UNKNOWN', `The server answered ${status} with something that is no JSON.`);
  }
}
