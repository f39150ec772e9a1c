import type { RouteId } from '@tenantry/admin-api';
import type { BackendServers } from '../backend/admin-backend.ts';
import type { Handlers } from '../calls/call.ts';
import type { HandlerParts, StoreParts } from '../calls/handler-parts.ts';
import { writeBulk } from './configs/bulk.ts';
import { getDefinition, listDefinitions } from './configs/definitions.ts';
import { explainConfig, listOverrides } from './configs/explain.ts';
import { getDiff, getVersion, listVersions } from './configs/history.ts';
import { getMatrix } from './configs/matrix.ts';
import { previewChanges } from './configs/preview.ts';
import { getConfig, getState, listConfigs } from './configs/read-configs.ts';
import { listOwned, readStored } from './configs/read-stored.ts';
import { revealConfig } from './configs/reveal.ts';
import { patchConfig, rollbackConfig, setConfig, unsetConfig } from './configs/write-configs.ts';
import { runAudit } from './operations/audits.ts';
import { discardDeadLetters, listDeadLetters, retryDeadLetters } from './operations/dead-letters.ts';
import { discardDeadRows, listDeadRows, retryDeadRows } from './operations/dead-rows.ts';
import { examineInstallation } from './operations/doctor.ts';
import { notSupported } from './operations/not-supported.ts';
import { getOverview } from './operations/overview.ts';
import { listReaders } from './operations/readers.ts';
import { exportAudit, listAudit } from './rights/audit.ts';
import { giveGrant, listGrants, takeGrant } from './rights/grants.ts';
import { getMe } from './rights/me.ts';
import { deleteGroup, getGroup, listGroups, listMembers, setGroup } from './scopes/groups.ts';
import { getRecord, listEntities, listRecords } from './scopes/records.ts';
import { getTenant, listTenants, setTenantGroups } from './scopes/tenants.ts';

/** Handlers that are made elsewhere. */
export type OtherHandlers = Pick<Handlers, 'events.stream' | 'openapi.get'>;

/** A handler for each route. */
export function createHandlers(
  parts: StoreParts,
  servers: BackendServers | undefined,
  others: OtherHandlers,
): Handlers {
  return {
    ...others,
    ...(servers ? ofServers({ ...parts, ...servers }) : WITHOUT_SERVERS),
    'me.get': getMe(parts),
    'definitions.list': listDefinitions(parts),
    'definitions.get': getDefinition(parts),
    'configs.list': listConfigs(parts),
    'configs.get': getConfig(parts),
    'configs.set': setConfig(parts),
    'configs.patch': patchConfig(parts),
    'configs.unset': unsetConfig(parts),
    'configs.bulk': writeBulk(parts),
    'configs.stored': readStored(parts),
    'configs.owned': listOwned(parts),
    'configs.reveal': revealConfig(parts),
    'configs.history': listVersions(parts),
    'configs.version': getVersion(parts),
    'configs.diff': getDiff(parts),
    'configs.rollback': rollbackConfig(parts),
    'configs.explain': explainConfig(parts),
    'configs.overrides': listOverrides(parts),
    'configs.matrix': getMatrix(parts),
    'configs.preview': previewChanges(parts),
    'state.get': getState(parts),
    'tenants.list': listTenants(parts),
    'tenants.get': getTenant(parts),
    'tenants.setGroups': setTenantGroups(parts),
    'groups.list': listGroups(parts),
    'groups.get': getGroup(parts),
    'groups.members': listMembers(parts),
    'groups.set': setGroup(parts),
    'groups.delete': deleteGroup(parts),
    'grants.list': listGrants(parts),
    'grants.give': giveGrant(parts),
    'grants.take': takeGrant(parts),
    'audit.list': listAudit(parts),
    'audit.export': exportAudit(parts),
  };
}

/** Handlers that ask the servers. */
type OfServers = Pick<
  Handlers,
  Extract<
    keyof Handlers,
    `${'entities' | 'records' | 'operations' | 'deadRows' | 'deadLetters' | 'audits' | 'readers'}.${string}`
  >
>;

function ofServers(parts: HandlerParts): OfServers {
  return {
    'entities.list': listEntities(parts),
    'records.list': listRecords(parts),
    'records.get': getRecord(parts),
    'operations.overview': getOverview(parts),
    'operations.doctor': examineInstallation(parts),
    'deadRows.list': listDeadRows(parts),
    'deadRows.retry': retryDeadRows(parts),
    'deadRows.discard': discardDeadRows(parts),
    'deadLetters.list': listDeadLetters(parts),
    'deadLetters.retry': retryDeadLetters(parts),
    'deadLetters.discard': discardDeadLetters(parts),
    'audits.run': runAudit(parts),
    'readers.list': listReaders(parts),
  };
}

/** The routes that are refused where there are no servers. */
export function routesOfServers(): readonly RouteId[] {
  return (Object.keys(WITHOUT_SERVERS) as (keyof OfServers)[]).filter(id => WITHOUT_SERVERS[id] === notSupported);
}

const WITHOUT_SERVERS: OfServers = {
  'entities.list': async () => ({ body: { items: [] } }),
  'records.list': notSupported,
  'records.get': notSupported,
  'operations.overview': notSupported,
  'operations.doctor': notSupported,
  'deadRows.list': notSupported,
  'deadRows.retry': notSupported,
  'deadRows.discard': notSupported,
  'deadLetters.list': notSupported,
  'deadLetters.retry': notSupported,
  'deadLetters.discard': notSupported,
  'audits.run': notSupported,
  'readers.list': notSupported,
};
