import type { Static, TSchema } from 'typebox';
import { CONFIG_ROUTES } from './config-routes.ts';
import { OPERATION_ROUTES } from './operation-routes.ts';
import { RIGHTS_ROUTES } from './rights-routes.ts';
import type { Route } from './route.ts';
import { SCOPE_ROUTES } from './scope-routes.ts';

/** Everything that the API does, by its name. */
export const ROUTES = {
  ...RIGHTS_ROUTES,
  ...CONFIG_ROUTES,
  ...SCOPE_ROUTES,
  ...OPERATION_ROUTES,
} as const satisfies Record<string, Route>;

/** The name of a route. */
export type RouteId = keyof typeof ROUTES;

type Part<Id extends RouteId, P extends 'query' | 'body' | 'answer'> = (typeof ROUTES)[Id] extends {
  readonly [K in P]: infer S extends TSchema;
}
  ? Static<S>
  : undefined;

/** The query of a route, as it was checked; undefined: it has none. */
export type QueryOf<Id extends RouteId> = Part<Id, 'query'>;

/** The body of a route, as it was checked; undefined: it has none. */
export type BodyOf<Id extends RouteId> = Part<Id, 'body'>;

/** What a route answers; undefined: nothing. */
export type AnswerOf<Id extends RouteId> = Part<Id, 'answer'>;

/** Scopes as a path has them. */
export const SCOPE_PATHS = ['global', 'groups/{group}', 'tenants/{tenant}'] as const;

/** The paths of a route, below `/api/v1`: three where it is of a scope. */
export function pathsOf(route: Route): readonly string[] {
  return route.path.includes('{scope}') ? SCOPE_PATHS.map(scope => route.path.replace('{scope}', scope)) : [route.path];
}
