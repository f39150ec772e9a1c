import type { RouteId } from '@tenantry/admin-api';

/**
 * A property that every answer of a route has; null: the answer is empty. Something else at the address (a proxy that asks for a password, a health check) may say
 * 200, too, and `set` must not take that for a version. A test compares the table with the schemas of the routes, which are not loaded here.
 */
export const ANSWER_MARKS: { readonly [Id in RouteId]: string | null } = {
  'me.get': 'id',
  'definitions.list': 'items',
  'definitions.get': 'name',
  'configs.list': 'items',
  'configs.get': 'version',
  'configs.set': 'version',
  'configs.patch': 'version',
  'configs.unset': 'version',
  'configs.bulk': 'results',
  'configs.stored': 'scopes',
  'configs.owned': 'items',
  'configs.reveal': 'version',
  'configs.history': 'items',
  'configs.version': 'version',
  'configs.diff': 'operations',
  'configs.rollback': 'version',
  'configs.explain': 'layers',
  'configs.overrides': 'items',
  'configs.matrix': 'items',
  'configs.preview': 'tenants',
  'state.get': 'total',
  'events.stream': null,
  'tenants.list': 'items',
  'tenants.get': 'id',
  'tenants.setGroups': 'groups',
  'groups.list': 'items',
  'groups.get': 'name',
  'groups.members': 'items',
  'groups.set': 'groups',
  'groups.delete': null,
  'entities.list': 'items',
  'records.list': 'items',
  'records.get': 'id',
  'operations.overview': 'database',
  'operations.doctor': 'checks',
  'deadRows.list': 'items',
  'deadRows.retry': 'count',
  'deadRows.discard': 'count',
  'deadLetters.list': 'items',
  'deadLetters.retry': 'count',
  'deadLetters.discard': 'count',
  'audits.run': 'summary',
  'readers.list': 'items',
  'grants.list': 'items',
  'grants.give': 'id',
  'grants.take': null,
  'audit.list': 'items',
  'audit.export': 'id',
  'openapi.get': 'openapi',
};

/** Whether a route may have answered so. */
export function isAnswerOf(id: RouteId, answer: unknown): boolean {
  const mark = ANSWER_MARKS[id];
  if (mark === null) return answer === undefined;
  if (typeof answer !== 'object' || answer === null || !Object.hasOwn(answer, mark)) return false;
  return mark !== 'items' || Array.isArray((answer as { readonly items?: unknown }).items);
}
