import type { RouteId } from '@tenantry/admin-api';

/** Who asks. Each holds one verb, for the tenant `own`; the operator for the installation, root for everything. */
export const ROLES = [
  ...([
    'nobody',
    'stranger',
    'lister',
    'viewer',
    'editor',
    'revealer',
    'auditor',
    'granter',
    'operator',
    'root',
  ] as const),
] as const;

/** What is asked about. The first tenant is `own`; the second is there, the last is not. */
export const TARGETS = ['own', 'other', 'global', 'group', 'unknown'] as const;

/** How a route is called, and what each role is answered. */
export interface AccessRow {
  readonly query?: string;
  readonly body?: unknown;
  readonly ifMatch?: '*';
  readonly ifNoneMatch?: '*';
  /** Statuses in the order of the roles. Of routes with a scope: for the tenant `own`. */
  readonly own: string;
  /**
   * Routes with a scope: what root is answered for the other targets, in their order. Everybody else is answered 404 there, and nobody 401: a
   * tenant that is not theirs is not told from one that is not there.
   */
  readonly root?: string;
}

//                    no  str lis vie edi rev aud gra ope roo
const LIST = /*    */ '401 404 200 200 200 200 404 404 404 200';
const VIEW = /*    */ '401 404 403 200 200 200 404 404 404 200';
const EDIT = /*    */ '401 404 403 403 200 403 404 404 404 200';
const REVEAL = /*  */ '401 404 403 403 403 200 404 404 404 200';
const OPERATE = /* */ '401 403 403 403 403 403 403 403 200 200';
const SIGNED_IN = /**/ '401 200 200 200 200 200 200 200 200 200';
const EVERYWHERE = '200 200 200 200';

/** Each route, each role, each target. */
export const ACCESS: Readonly<Record<RouteId, AccessRow>> = {
  'me.get': { own: SIGNED_IN },
  'definitions.list': { own: SIGNED_IN },
  'definitions.get': { own: '401 404 200 200 200 200 404 404 404 200' },
  'configs.list': { own: LIST, root: EVERYWHERE },
  'configs.get': { own: VIEW, root: EVERYWHERE },
  'configs.set': { body: { json: '{"seats":2}' }, ifMatch: '*', own: EDIT, root: EVERYWHERE },
  'configs.patch': { body: { patch: { seats: 3 } }, ifMatch: '*', own: EDIT, root: EVERYWHERE },
  'configs.unset': { ifMatch: '*', own: EDIT, root: EVERYWHERE },
  'configs.bulk': {
    body: { changes: [{ config: 'mode', json: '"on"', ifVersion: 77 }] },
    own: EDIT.replaceAll('200', '412'),
    // What is not inherited cannot be set in the scopes above.
    root: '412 422 422 412',
  },
  'configs.stored': { body: { scopes: ['tenants/own'] }, own: '401 403 200 200 200 200 403 403 403 200' },
  'configs.owned': { query: '?loader=files', own: '401 403 403 200 200 200 403 403 403 200' },
  'configs.reveal': { body: { reason: 'why' }, own: REVEAL, root: EVERYWHERE },
  'configs.history': { own: VIEW, root: EVERYWHERE },
  'configs.version': { own: VIEW, root: EVERYWHERE },
  'configs.diff': { query: '?from=1&to=1', own: VIEW, root: EVERYWHERE },
  'configs.rollback': { body: { version: 1 }, ifMatch: '*', own: EDIT, root: EVERYWHERE },
  'configs.explain': { own: VIEW, root: EVERYWHERE },
  'configs.overrides': { own: VIEW, root: EVERYWHERE },
  'configs.matrix': { own: VIEW },
  'configs.preview': {
    body: { changes: [{ scope: 'tenants/own', config: 'seats', json: '{"seats":9}' }] },
    own: '401 403 403 200 200 200 403 403 403 200',
  },
  'state.get': { own: LIST, root: EVERYWHERE },
  'events.stream': { own: LIST, root: EVERYWHERE },
  'tenants.list': { own: SIGNED_IN },
  'tenants.get': { own: LIST, root: EVERYWHERE },
  'tenants.setGroups': { body: { groups: [] }, ifMatch: '*', own: EDIT, root: EVERYWHERE },
  'groups.list': { own: SIGNED_IN },
  'groups.get': { own: '401 404 404 404 404 404 404 404 404 200' },
  'groups.members': { own: '401 404 404 404 404 404 404 404 404 200' },
  'groups.set': { body: { groups: [] }, ifMatch: '*', own: '401 404 404 404 404 404 404 404 404 200' },
  'groups.delete': { ifMatch: '*', own: '401 404 404 404 404 404 404 404 404 409' },
  'entities.list': { own: SIGNED_IN },
  'records.list': { own: LIST, root: EVERYWHERE },
  'records.get': { own: VIEW, root: '404 404 404 404' },
  'operations.overview': { own: OPERATE },
  'operations.doctor': { own: OPERATE },
  'deadRows.list': { own: OPERATE },
  'deadRows.retry': { body: {}, own: OPERATE },
  'deadRows.discard': { body: {}, own: OPERATE },
  'deadLetters.list': { own: OPERATE },
  'deadLetters.retry': { body: {}, own: OPERATE },
  'deadLetters.discard': { body: {}, own: OPERATE },
  'audits.run': { body: {}, own: OPERATE },
  'readers.list': { own: OPERATE },
  'grants.list': { own: SIGNED_IN },
  'grants.give': {
    body: { who: 'user:friend', verbs: ['grant'], scope: 'tenants/own', config: '*' },
    own: '401 403 403 403 403 403 403 201 403 201',
  },
  'grants.take': { own: '401 404 404 404 404 404 404 204 404 204' },
  'audit.list': { own: '401 403 403 403 403 403 200 403 403 200' },
  'audit.export': { own: '401 403 403 403 403 403 200 403 403 200' },
  'openapi.get': { own: '200 200 200 200 200 200 200 200 200 200' },
};
