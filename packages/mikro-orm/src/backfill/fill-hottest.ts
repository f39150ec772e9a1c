import { DriverException } from '@mikro-orm/core';
import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { isOwnTenant, tenantText, withoutValues } from '@tenantry/protocol/internal';
import { hottestTenants } from '@tenantry/redis';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import type { FillParts, FillTurn, PublishPart } from './fill-turn.ts';

// One table without an index on its tenants is read once for each group, however many tenants are in it: 1, 4, 16 … 1,024.
const GROUPS = 6;
const GROWTH = 4;

/** What is in Redis already; the rest of the fill leaves it out. */
export interface FilledFirst {
  readonly tenants: ReadonlySet<Tenant>;
  readonly definitions: ReadonlySet<ReplicatedDefinition>;
}

/**
 * Publishes the tenants that are followed right now, the hottest by itself, then groups that grow; each group's readers are
 * told when it is complete. Undefined: Redis lost its data again, or the fill is to stop.
 */
export async function fillHottest(
  parts: FillParts,
  definitions: readonly ReplicatedDefinition[],
  { token, as, isVoid, steps }: FillTurn,
  publish: PublishPart,
): Promise<FilledFirst | undefined> {
  const { redis, replica, report } = parts;
  const filled = { tenants: new Set<Tenant>(), definitions: new Set<ReplicatedDefinition>() };
  try {
    for (let group = 0; group < GROUPS; group++) {
      // Asked anew for each group: after a restart of Redis its readers come back one after another.
      const tenants = await hottestTenants(redis, replica.names, GROWTH ** group, filled.tenants);
      if (tenants.length === 0) break;
      // Whose rows cannot be told apart by tenant comes before everything: no tenant is complete without them.
      for (const definition of definitions.filter(each => isWhole(each, tenants))) {
        if (filled.definitions.has(definition)) continue;
        if (!(await publish(definition, {}))) return undefined;
        filled.definitions.add(definition);
      }
      for (const definition of definitions) {
        const where = filled.definitions.has(definition) ? undefined : whereOf(definition, tenants);
        if (where && !(await publish(definition, { where }))) return undefined;
      }
      if ((await isVoid()) || !(await steps.run(() => replica.completeTenants(token, tenants, as)))) return undefined;
      for (const tenant of tenants) filled.tenants.add(tenant);
    }
  } catch (error) {
    // A name that readers made up may be none that the column can be compared with. An order is worth no more than that.
    if (!(error instanceof DriverException)) throw error;
    const { message } = withoutValues(error, 'Filling the tenants that are followed');
    report({ kind: 'warning', message: `${message} Redis is filled in no order.` });
  }
  return filled;
}

/** As they stand in the column of the definition's tenants. */
function namesOf({ hasScopes }: ReplicatedDefinition, tenants: readonly Tenant[]): readonly string[] {
  return hasScopes ? tenants.map(tenantText) : tenants.filter(isOwnTenant);
}

/** Whether these tenants have all of the definition's rows, or nobody can ask for theirs. */
function isWhole(definition: ReplicatedDefinition, tenants: readonly Tenant[]): boolean {
  if (!definition.hasTenants) return tenants.includes(GLOBAL_TENANT);
  return definition.whereTenants(namesOf(definition, tenants)) === undefined;
}

function whereOf(definition: ReplicatedDefinition, tenants: readonly Tenant[]): object | undefined {
  const names = namesOf(definition, tenants);
  return definition.hasTenants && names.length > 0 ? definition.whereTenants(names) : undefined;
}
