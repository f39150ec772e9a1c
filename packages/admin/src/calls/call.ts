import {
  type AnswerOf,
  type BodyOf,
  may,
  type Principal,
  type QueryOf,
  type Rights,
  type Route,
  type RouteId,
  type Target,
  type Verb,
} from '@tenantry/admin-api';
import type { Scope } from '@tenantry/protocol';
import type { Connection } from '../auth/auth.ts';
import type { Cursors } from '../http/cursors.ts';
import type { PathNames } from '../http/match-route.ts';

/** One call that its caller may make: the right of its route was asked for, and what came was checked. */
export interface Call<Id extends RouteId = RouteId> {
  readonly id: Id;
  readonly route: Route;
  readonly request: Request;
  readonly connection: Connection;
  readonly principal: Principal;
  readonly rights: Rights;
  /** The names in the path. */
  readonly names: PathNames;
  /** The scope of the path; `global` where the path names none. */
  readonly scope: Scope;
  readonly query: QueryOf<Id>;
  readonly body: BodyOf<Id>;
  /** ms since 1970. */
  readonly now: number;
  /** From where, for the audit log. */
  readonly via: string;
  /** Those of this server's lists. */
  readonly cursors: Cursors;
  /** Whether the caller may do something else, too. */
  may(verb: Verb, target: Target, config: string | undefined): boolean;
}

/** What a handler answers with; a `Response` of its own where it streams. */
export interface Answer<Id extends RouteId = RouteId> {
  readonly body: AnswerOf<Id>;
  /** Default 200, or 204 without a body. */
  readonly status?: number;
  /** Strong; default: made of the body. */
  readonly etag?: string | undefined;
  /** What was answered must not be kept anywhere. */
  readonly isSecret?: boolean;
}

/** Answers the calls of one route. */
export type Handler<Id extends RouteId> = (call: Call<Id>) => Promise<Answer<Id> | Response>;

/** One for each route: a route without a handler does not compile. */
export type Handlers = { readonly [Id in RouteId]: Handler<Id> };

/** What a caller may do besides, at the time of the call. */
export function mayOf(rights: Rights, now: number): Call['may'] {
  return (verb, target, config) => may(rights, verb, target, config, now);
}
