import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { escapeComponent, unescapeComponent } from './escape-component.ts';
import { groupOf, groupTenant, tenantText } from './scope.ts';
import { GLOBAL_TENANT, type Tenant } from './tenant-id.ts';

/** The default prefix of every Redis name. */
export const DEFAULT_PREFIX = 'tenantry';

// Escaping never yields an `@`, so neither is the component of any tenant's id.
const GLOBAL_COMPONENT = '@global';
const GROUP = '@group:';
const GLOBAL_TEXT = tenantText(GLOBAL_TENANT);

/** Every Redis name of one tenant. All share the hash tag `{tenant}`, so they live in one Cluster slot. */
export interface TenantNames {
  readonly tenant: Tenant;
  /** What a sync key's address is appended to: the string that holds the envelope. */
  readonly keyPrefix: string;
  /** Hash: owner → version and addresses, or a tombstone. */
  readonly records: string;
  /** Sorted set: owner → when it was deleted, in Redis's milliseconds. */
  readonly tombstones: string;
  /** Stream of feed messages, and the channel of the same name. */
  readonly feed: string;
  /** Hash: id, seq and tag of the last message, filled. */
  readonly epoch: string;
  /** Hash: owner → a config's value that is acknowledged and not yet in the database. Never expires. */
  readonly dirty: string;
  /** Hash: owner → a value that could not be brought into the database, with the reason. */
  readonly deadLetters: string;
  /** What the address of a value that one process is loading is appended to: a string that ends by itself. */
  readonly leasePrefix: string;
}

/** Every Redis name under one prefix. */
export interface RedisNames {
  readonly prefix: string;
  of(tenant: Tenant): TenantNames;
  /** Present once everything was published into this Redis: gone means that Redis lost its data. */
  readonly fillState: string;
  /** Whose names these are: the identity of the database that is replicated here. */
  readonly installation: string;
  /** What this Redis was last compared with: an id of the outbox, and the servers it was written to. */
  readonly watermark: string;
  /** Held by whoever repairs a Redis that lost its last moments: a string that ends by itself. */
  readonly repairLease: string;
  /** Hash: what running processes have registered, as fingerprints, and when one last said so. Ends by itself. */
  readonly registrations: string;
  /** A glob for SCAN that matches every name of a tenant, or of all. */
  patternOf(tenant: Tenant | undefined): string;
  /** Whose name it is and what follows the tenant in it, or undefined where it is not one of ours. */
  partOf(name: string): { readonly tenant: Tenant; readonly rest: string } | undefined;
  /** A glob for SCAN that matches every tenant's epoch. */
  readonly epochPattern: string;
  /** A glob for PUBSUB that matches every tenant's channel. */
  readonly feedPattern: string;
  /** The same for the hash of dirty values. */
  readonly dirtyPattern: string;
  /** The same for the hash of dead letters. */
  readonly deadLettersPattern: string;
  /** Sorted set: tenant → when it had its first dirty value. A hint where to look first; the hashes are what counts. */
  readonly dirtyTenants: string;
  /** The tenant of an epoch's name, or undefined where it is not one of ours. */
  tenantOfEpoch(name: string): Tenant | undefined;
  /** The same for the name of a feed, which is that of its channel. */
  tenantOfFeed(name: string): Tenant | undefined;
  /** The same for the name of a hash of dirty values. */
  tenantOfDirty(name: string): Tenant | undefined;
  /** The same for the name of a hash of dead letters. */
  tenantOfDeadLetters(name: string): Tenant | undefined;
}

/** The one place that spells Redis names. `docs/reference/wire.md` lists them for readers in other languages. */
export function createRedisNames(prefix: string = DEFAULT_PREFIX): RedisNames {
  if (typeof prefix !== 'string' || !/^[A-Za-z0-9_.:-]{1,64}$/.test(prefix))
    throw new TenantryError(
      'INVALID_OPTION',
      `\`prefix\` must be 1 to 64 characters of A–Z a–z 0–9 _ . : -, got ${describeArrived(prefix)}.`,
    );
  const shape = new RegExp(`^${prefix.replaceAll('.', '\\.')}:\\{([^{}]+)\\}:(.*)$`, 's');
  const partOf: RedisNames['partOf'] = name => {
    const [, component, rest] = shape.exec(name) ?? [];
    if (component === undefined || rest === undefined) return undefined;
    const tenant = tenantOf(component);
    return tenant === undefined ? undefined : { tenant, rest };
  };
  const tenantOfName = (ending: string) => (name: string) => {
    const part = partOf(name);
    return part?.rest === ending ? part.tenant : undefined;
  };
  const baseOf = (tenant: Tenant) => `${prefix}:{${componentOf(tenant)}}`;
  return {
    prefix,
    of(tenant) {
      const base = baseOf(tenant);
      return {
        tenant: tenant === GLOBAL_TEXT ? GLOBAL_TENANT : tenant,
        keyPrefix: `${base}:k:`,
        records: `${base}:records`,
        tombstones: `${base}:tombstones`,
        feed: `${base}:feed`,
        epoch: `${base}:epoch`,
        dirty: `${base}:dirty`,
        deadLetters: `${base}:dead-letters`,
        leasePrefix: `${base}:lease:`,
      };
    },
    fillState: `${prefix}:{@replica}:marker`,
    installation: `${prefix}:{@replica}:installation`,
    watermark: `${prefix}:{@replica}:mark`,
    repairLease: `${prefix}:{@replica}:repair`,
    registrations: `${prefix}:{@replica}:registrations`,
    patternOf: tenant => `${tenant === undefined ? `${prefix}:{*}` : baseOf(tenant)}:*`,
    partOf,
    epochPattern: `${prefix}:{*}:epoch`,
    feedPattern: `${prefix}:{*}:feed`,
    dirtyPattern: `${prefix}:{*}:dirty`,
    deadLettersPattern: `${prefix}:{*}:dead-letters`,
    dirtyTenants: `${prefix}:{@dirty}:tenants`,
    tenantOfEpoch: tenantOfName('epoch'),
    tenantOfFeed: tenantOfName('feed'),
    tenantOfDirty: tenantOfName('dirty'),
    tenantOfDeadLetters: tenantOfName('dead-letters'),
  };
}

/** A tenant as it stands in names. */
function componentOf(tenant: Tenant): string {
  // The config store knows the global tenant by its text.
  if (tenantText(tenant) === GLOBAL_TEXT) return GLOBAL_COMPONENT;
  const group = groupOf(tenant);
  return group === undefined ? escapeComponent(tenant as string) : GROUP + escapeComponent(group);
}

/** Undefined for what `componentOf` does not write: somebody else's name, which must not pass for one of ours. */
function tenantOf(component: string): Tenant | undefined {
  if (component === GLOBAL_COMPONENT) return GLOBAL_TENANT;
  try {
    const tenant = component.startsWith(GROUP)
      ? groupTenant(unescapeComponent(component.slice(GROUP.length)))
      : unescapeComponent(component);
    return componentOf(tenant) === component ? tenant : undefined;
  } catch {
    return undefined;
  }
}
