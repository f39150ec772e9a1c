import { DriverException } from '@mikro-orm/core';
import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { hottestTenants } from '@tenantry/redis';
import type { PublishedSource } from '../sources/replicated-source.ts';
import type { FillParts, FillTurn, PublishPart } from './fill-replica.ts';

// One table without an index on its tenants is read once for each group, however many tenants are in it: 1, 4, 16 … 1,024.
const GROUPS = 6;
const GROWTH = 4;

/** What is in Redis already; the rest of the fill leaves it out. */
export interface FilledFirst {
  readonly tenants: ReadonlySet<Tenant>;
  readonly sources: ReadonlySet<PublishedSource>;
}

/**
 * Publishes the tenants that are followed right now, the hottest by itself, then groups that grow; each group's readers are
 * told when it is complete. Undefined: Redis lost its data again, or the fill is to stop.
 */
export async function fillHottest(
  parts: FillParts,
  sources: readonly PublishedSource[],
  { token, as, isVoid }: FillTurn,
  publish: PublishPart,
): Promise<FilledFirst | undefined> {
  const { redis, replica, report } = parts;
  const filled = { tenants: new Set<Tenant>(), sources: new Set<PublishedSource>() };
  try {
    for (let group = 0; group < GROUPS; group++) {
      // Asked anew for each group: after a restart of Redis its readers come back one after another.
      const tenants = await hottestTenants(redis, replica.names, GROWTH ** group, filled.tenants);
      if (tenants.length === 0) break;
      // Whose rows cannot be told apart by tenant comes before everything: no tenant is complete without them.
      for (const source of sources.filter(each => isWhole(each, tenants))) {
        if (filled.sources.has(source)) continue;
        if (!(await publish(source, {}))) return undefined;
        filled.sources.add(source);
      }
      for (const source of sources) {
        const where = filled.sources.has(source) ? undefined : whereOf(source, tenants);
        if (where && !(await publish(source, { where }))) return undefined;
      }
      if ((await isVoid()) || !(await replica.completeTenants(token, tenants, as))) return undefined;
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

const namesOf = (tenants: readonly Tenant[]) => tenants.filter(tenant => tenant !== GLOBAL_TENANT);

/** Whether these tenants have all of the source's rows, or nobody can ask for theirs. */
function isWhole(source: PublishedSource, tenants: readonly Tenant[]): boolean {
  if (!source.hasTenants) return tenants.includes(GLOBAL_TENANT);
  return source.whereTenants(namesOf(tenants)) === undefined;
}

function whereOf(source: PublishedSource, tenants: readonly Tenant[]): object | undefined {
  const names = namesOf(tenants);
  return source.hasTenants && names.length > 0 ? source.whereTenants(names) : undefined;
}
