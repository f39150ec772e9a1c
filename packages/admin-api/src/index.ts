// The table of routes, and the shapes of what they take and answer.

export * as common from './answers/common.ts';
export * as configs from './answers/configs.ts';
export * as operations from './answers/operations.ts';
export * as rights from './answers/rights.ts';
export * as scopes from './answers/scopes.ts';
export * from './rights.ts';
export type { Route } from './routes/route.ts';
export {
  type AnswerOf,
  type BodyOf,
  pathsOf,
  type QueryOf,
  ROUTES,
  type RouteId,
  SCOPE_PATHS,
} from './routes/route-table.ts';
