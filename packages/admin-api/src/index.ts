// The table of routes, and the shapes of what they take and answer.

import * as common from './answers/common.ts';
import * as configs from './answers/configs.ts';
import * as operations from './answers/operations.ts';
import * as rights from './answers/rights.ts';
import * as scopes from './answers/scopes.ts';
import * as together from './answers/together.ts';

export { type Grant, type GrantScope, isOver, type Principal, type Target } from './rights/grant.ts';
export { grantedScopes, may, mayAnywhere, mayGive, type Rights, rightsOf } from './rights/may.ts';
export { COMES_WITH, VERBS, type Verb } from './rights/verbs.ts';
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
export { common, configs, operations, rights, scopes, together };
