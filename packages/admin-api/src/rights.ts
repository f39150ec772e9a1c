// Imports nothing at run time: the page bundles it.

export type { Grant, GrantScope, Principal, Target } from './rights/grant.ts';
export { grantedScopes, may, mayAnywhere, mayGive, type Rights, rightsOf } from './rights/may.ts';
export { COMES_WITH, VERBS, type Verb } from './rights/verbs.ts';
