import Type from 'typebox';
import { exact, PageQuery } from '../answers/common.ts';
import * as configs from '../answers/configs.ts';
import * as operations from '../answers/operations.ts';
import * as rights from '../answers/rights.ts';
import * as scopes from '../answers/scopes.ts';
import type { Route } from './route.ts';

const page = exact(PageQuery);

/** Everything that the API does, by its name. */
export const ROUTES = {
  'me.get': {
    method: 'GET',
    path: '/me',
    verb: 'any',
    target: 'each',
    summary: 'Who am I, and what may I do',
    answer: rights.Me,
  },

  'definitions.list': {
    ...{ method: 'GET', path: '/definitions', verb: 'any', target: 'each', summary: 'The configs that are registered' },
    ...{ query: exact({ ...PageQuery, search: Type.Optional(Type.String({ maxLength: 200 })) }) },
    answer: exact({ items: Type.Array(configs.Definition), cursor: Type.Optional(Type.String()) }),
  },
  'definitions.get': {
    ...{
      method: 'GET',
      path: '/definitions/{config}',
      verb: 'any',
      target: 'each',
      summary: 'One registered config, with its schema',
    },
    answer: configs.Definition,
  },

  'configs.list': {
    ...{ method: 'GET', path: '/{scope}/configs', verb: 'list', target: 'scope', summary: "A scope's configs" },
    ...{ query: configs.ListQuery, answer: configs.ListedPage },
  },
  'configs.get': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}',
      verb: 'view',
      target: 'scope',
      summary: 'One config of a scope',
    },
    answer: configs.ConfigRecord,
  },
  'configs.set': {
    ...{ method: 'PUT', path: '/{scope}/configs/{config}', verb: 'edit', target: 'scope', summary: 'Sets a value' },
    ...{ conditional: true, body: configs.SetBody, answer: configs.Written },
  },
  'configs.patch': {
    ...{
      method: 'PATCH',
      path: '/{scope}/configs/{config}',
      verb: 'edit',
      target: 'scope',
      summary: 'Merges into a value',
    },
    ...{ conditional: true, body: configs.PatchBody, answer: configs.Written },
  },
  'configs.unset': {
    ...{
      method: 'DELETE',
      path: '/{scope}/configs/{config}',
      verb: 'edit',
      target: 'scope',
      summary: 'Takes a value away',
    },
    ...{ conditional: true, query: configs.ReasonBody, answer: configs.Written },
  },
  'configs.bulk': {
    ...{
      method: 'POST',
      path: '/{scope}/configs',
      verb: 'edit',
      target: 'scope',
      summary: 'Several values, all or nothing',
    },
    ...{ body: configs.BulkBody, answer: configs.BulkResult },
  },
  'configs.reveal': {
    ...{
      method: 'POST',
      path: '/{scope}/configs/{config}/reveal',
      verb: 'reveal',
      target: 'scope',
      summary: 'Shows a secret, and writes that down',
    },
    ...{ body: configs.RevealBody, answer: configs.Revealed },
  },
  'configs.history': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/versions',
      verb: 'view',
      target: 'scope',
      summary: 'Versions, newest first',
    },
    ...{ query: page, answer: configs.VersionPage },
  },
  'configs.version': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/versions/{version}',
      verb: 'view',
      target: 'scope',
      summary: 'One version',
    },
    answer: configs.Version,
  },
  'configs.diff': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/diff',
      verb: 'view',
      target: 'scope',
      summary: 'What differs between two versions',
    },
    ...{ query: configs.DiffQuery, answer: configs.Diff },
  },
  'configs.rollback': {
    ...{
      method: 'POST',
      path: '/{scope}/configs/{config}/rollback',
      verb: 'edit',
      target: 'scope',
      summary: 'Sets an earlier value again',
    },
    ...{ conditional: true, body: configs.RollbackBody, answer: configs.Written },
  },
  'configs.explain': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/explain',
      verb: 'view',
      target: 'scope',
      summary: 'Where a value comes from',
    },
    answer: configs.Explanation,
  },
  'configs.overrides': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/overrides',
      verb: 'view',
      target: 'each',
      summary: 'Who overrides a value',
    },
    ...{ query: configs.OverridesQuery, answer: configs.OverridePage },
  },
  'configs.matrix': {
    ...{
      method: 'GET',
      path: '/definitions/{config}/matrix',
      verb: 'view',
      target: 'each',
      summary: 'One config over all scopes',
    },
    ...{ query: configs.MatrixQuery, answer: configs.MatrixPage },
  },
  'configs.preview': {
    ...{
      method: 'POST',
      path: '/preview',
      verb: 'view',
      target: 'each',
      summary: 'What changes would do, without making them',
    },
    ...{ body: configs.PreviewBody, answer: configs.PreviewAnswer },
  },
  'state.get': {
    ...{
      method: 'GET',
      path: '/{scope}/state',
      verb: 'list',
      target: 'scope',
      summary: 'How a scope stands, by group of configs',
    },
    answer: configs.StateAnswer,
  },
  'events.stream': {
    ...{
      method: 'GET',
      path: '/{scope}/events',
      verb: 'list',
      target: 'scope',
      summary: 'What changes, as it changes',
    },
    ...{ produces: 'text/event-stream', answer: Type.String() },
  },

  'tenants.list': {
    ...{ method: 'GET', path: '/tenants', verb: 'any', target: 'each', summary: 'Tenants' },
    ...{ query: scopes.SearchQuery, answer: scopes.TenantPage },
  },
  'tenants.get': {
    ...{
      method: 'GET',
      path: '/tenants/{tenant}',
      verb: 'list',
      target: 'scope',
      summary: 'One tenant and its groups',
    },
    answer: scopes.TenantAnswer,
  },
  'tenants.setGroups': {
    ...{
      method: 'PUT',
      path: '/tenants/{tenant}/groups',
      verb: 'edit',
      target: 'scope',
      summary: "Sets a tenant's groups",
    },
    ...{ conditional: true, body: scopes.GroupsBody, answer: scopes.GroupsWritten },
  },
  'groups.list': {
    ...{ method: 'GET', path: '/groups', verb: 'any', target: 'each', summary: 'Groups of tenants' },
    ...{ query: scopes.SearchQuery, answer: scopes.GroupPage },
  },
  'groups.get': {
    ...{ method: 'GET', path: '/groups/{group}', verb: 'list', target: 'scope', summary: 'One group' },
    answer: scopes.GroupAnswer,
  },
  'groups.members': {
    ...{ method: 'GET', path: '/groups/{group}/members', verb: 'list', target: 'each', summary: 'Who is in a group' },
    ...{ query: page, answer: scopes.MemberPage },
  },
  'groups.set': {
    ...{
      method: 'PUT',
      path: '/groups/{group}',
      verb: 'edit',
      target: 'scope',
      summary: 'Makes a group, or sets its groups',
    },
    ...{ conditional: true, body: scopes.GroupsBody, answer: scopes.GroupsWritten },
  },
  'groups.delete': {
    ...{
      method: 'DELETE',
      path: '/groups/{group}',
      verb: 'edit',
      target: 'scope',
      summary: 'Deletes a group that nobody is in',
    },
    ...{ conditional: true, query: configs.ReasonBody },
  },

  'entities.list': {
    ...{ method: 'GET', path: '/entities', verb: 'any', target: 'each', summary: 'Entities that are replicated' },
    answer: operations.EntityPage,
  },
  'records.list': {
    ...{
      method: 'GET',
      path: '/{scope}/entities/{entity}/records',
      verb: 'list',
      target: 'scope',
      summary: 'Records that Redis has',
    },
    ...{ query: operations.RecordsQuery, answer: operations.RecordPage },
  },
  'records.get': {
    ...{
      method: 'GET',
      path: '/{scope}/entities/{entity}/records/{record}',
      verb: 'view',
      target: 'scope',
      summary: 'One record and its keys',
    },
    answer: operations.RecordAnswer,
  },

  'operations.overview': {
    ...{
      method: 'GET',
      path: '/operations',
      verb: 'operate',
      target: 'installation',
      summary: 'How the installation stands',
    },
    answer: operations.Overview,
  },
  'deadRows.list': {
    ...{
      method: 'GET',
      path: '/operations/dead-rows',
      verb: 'operate',
      target: 'installation',
      summary: 'Changes that were given up on',
    },
    ...{ query: page, answer: operations.DeadRowPage },
  },
  'deadRows.retry': {
    ...{
      method: 'POST',
      path: '/operations/dead-rows/retry',
      verb: 'operate',
      target: 'installation',
      summary: 'Tries them again',
    },
    ...{ body: operations.IdsBody, answer: operations.Count },
  },
  'deadRows.discard': {
    ...{
      method: 'POST',
      path: '/operations/dead-rows/discard',
      verb: 'operate',
      target: 'installation',
      summary: 'Forgets them',
    },
    ...{ body: operations.IdsBody, answer: operations.Count },
  },
  'deadLetters.list': {
    ...{
      method: 'GET',
      path: '/operations/dead-letters',
      verb: 'operate',
      target: 'installation',
      summary: 'Write-backs that were given up on',
    },
    ...{ query: page, answer: operations.DeadLetterPage },
  },
  'deadLetters.retry': {
    ...{
      method: 'POST',
      path: '/operations/dead-letters/retry',
      verb: 'operate',
      target: 'installation',
      summary: 'Tries them again',
    },
    ...{ body: operations.IdsBody, answer: operations.Count },
  },
  'deadLetters.discard': {
    ...{
      method: 'POST',
      path: '/operations/dead-letters/discard',
      verb: 'operate',
      target: 'installation',
      summary: "Gives readers the database's value again",
    },
    ...{ body: operations.IdsBody, answer: operations.Count },
  },
  'audits.run': {
    ...{
      method: 'POST',
      path: '/operations/audits',
      verb: 'operate',
      target: 'installation',
      summary: 'Compares Redis with the database, and repairs it',
    },
    ...{ body: operations.AuditRunBody, answer: operations.AuditRunAnswer },
  },
  'readers.list': {
    ...{
      method: 'GET',
      path: '/operations/readers',
      verb: 'operate',
      target: 'installation',
      summary: 'Readers that are connected',
    },
    ...{ query: page, answer: operations.ReaderPage },
  },

  'grants.list': {
    ...{ method: 'GET', path: '/grants', verb: 'any', target: 'each', summary: 'Who may do what' },
    ...{ query: rights.GrantsQuery, answer: rights.GrantPage },
  },
  'grants.give': {
    ...{ method: 'POST', path: '/grants', verb: 'any', target: 'each', summary: 'Gives a right that the caller holds' },
    ...{ body: rights.GrantBody, answer: rights.GrantAnswer },
  },
  'grants.take': {
    ...{ method: 'DELETE', path: '/grants/{grant}', verb: 'any', target: 'each', summary: 'Takes a right away' },
    query: configs.ReasonBody,
  },

  'audit.list': {
    ...{ method: 'GET', path: '/audit', verb: 'audit', target: 'each', summary: 'Who did what, newest first' },
    ...{ query: rights.AuditQuery, answer: rights.AuditPage },
  },
  'audit.export': {
    ...{
      method: 'GET',
      path: '/audit/export',
      verb: 'audit',
      target: 'each',
      summary: 'The audit log, line by line, oldest first',
    },
    ...{ query: rights.AuditExportQuery, answer: rights.AuditEntry, produces: 'application/x-ndjson' },
  },

  'openapi.get': {
    ...{ method: 'GET', path: '/openapi.json', verb: 'public', target: 'each', summary: 'This API, as OpenAPI 3.1' },
    answer: Type.Unknown(),
  },
} as const satisfies Record<string, Route>;

/** The name of a route. */
export type RouteId = keyof typeof ROUTES;

/** Scopes as a path has them. */
export const SCOPE_PATHS = ['global', 'groups/{group}', 'tenants/{tenant}'] as const;

/** The paths of a route, below `/api/v1`: three where it is of a scope. */
export function pathsOf(route: Route): readonly string[] {
  return route.path.includes('{scope}') ? SCOPE_PATHS.map(scope => route.path.replace('{scope}', scope)) : [route.path];
}
