import {
  type AnyConfig,
  type Definition,
  GLOBAL_TENANT,
  type Ref,
  type SyncDefinition,
  type Tenant,
  TenantryError,
  tenantId,
} from '@tenantry/protocol';
import {
  describeArrived,
  encodeConfigValue,
  isConfig,
  isRef,
  noRef,
  parseConfigValue,
  refuseOption,
} from '@tenantry/protocol/internal';
import { createPayloadCodec, refAddress } from '@tenantry/protocol/wire';

/** A value to start with. Made by `bootstrapValue`, so that its type is checked. */
export interface BootstrapValue {
  /** Left out where the ref's definition has no tenant. */
  readonly tenant?: string | number | bigint | undefined;
  readonly ref: Ref<unknown>;
  readonly value: unknown;
}

/** The values by tenant and address, as readers get them. */
export type Bootstrap = ReadonlyMap<Tenant, ReadonlyMap<string, unknown>>;

/**
 * A value to start with, of one ref: of this tenant, or of the global one where its definition has no tenant. It is shown, as stale, while neither
 * Redis nor the snapshot file has said what the ref is; never instead of what they say. Not of a config that is inherited: its value is that
 * of several scopes.
 */
export function bootstrapValue<T>(ref: Ref<T>, value: NoInfer<T>, tenant?: string | number | bigint): BootstrapValue {
  return { ref, value, tenant };
}

/**
 * Checks every value as a writer would. `INVALID_OPTION` (also for a config that is inherited), `INVALID_TENANT`, `INVALID_KEY`; of a config
 * `NOT_JSON`, `INVALID_VALUE`, `PAYLOAD_TOO_LARGE`; of a row `PAYLOAD_UNENCODABLE`.
 */
export function checkBootstrap(values: readonly BootstrapValue[] = []): Bootstrap {
  if (!Array.isArray(values)) refuseOption('bootstrap', 'a list of `bootstrapValue(ref, value, tenant)`', values);
  const bootstrap = new Map<Tenant, Map<string, unknown>>();
  for (const { tenant: id, ref, value } of values.map(checkShape)) {
    const tenant = ref.definition.tenant === undefined ? GLOBAL_TENANT : tenantId(id);
    if (tenant === GLOBAL_TENANT && id !== undefined)
      throw new TenantryError('INVALID_TENANT', `\`bootstrap\`: "${ref.address}" belongs to no tenant, got one.`);
    const ofTenant = bootstrap.get(tenant) ?? new Map<string, unknown>();
    if (ofTenant.has(ref.address))
      throw new TenantryError('INVALID_OPTION', `\`bootstrap\` has "${ref.address}" of one tenant twice.`);
    bootstrap.set(tenant, ofTenant.set(ref.address, asRead(ref, value)));
  }
  return bootstrap;
}

function checkShape(entry: BootstrapValue): BootstrapValue {
  const { ref } = (entry ?? {}) as Partial<BootstrapValue>;
  if (isRef(ref)) return entry;
  throw noRef(ref, ' in `bootstrap`');
}

function asRead({ address, definition }: Ref<unknown>, value: unknown): unknown {
  if (isConfig(definition)) {
    if (definition.inherit !== 'none') throw ofOneScope(definition);
    return parsed(definition, value);
  }
  const codec = createPayloadCodec();
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TenantryError(
      'INVALID_VALUE',
      `\`bootstrap\`: "${address}" must be a row, got ${describeArrived(value)}.`,
    );
  if (!isRowOf(definition as Definition & Partial<SyncDefinition>, address, value))
    throw new TenantryError('INVALID_KEY', `\`bootstrap\`: the row of "${address}" has the key of another one.`);
  return codec.decode(codec.encode(value));
}

/** It would be one of several values, of which the others are not known. */
function ofOneScope({ name, inherit }: AnyConfig): TenantryError {
  return new TenantryError(
    'INVALID_OPTION',
    `\`bootstrap\`: the value of "${name}" comes of several scopes (\`inherit: '${inherit}'\`), so none of one scope can stand for it. Give it a default, or the client a \`snapshotFile\`.`,
  );
}

function parsed(config: AnyConfig, value: unknown): unknown {
  return parseConfigValue(config, JSON.parse(encodeConfigValue(config, value)));
}

/** The row stands under this address. */
function isRowOf({ name, keys = {} }: Partial<SyncDefinition> & Definition, address: string, row: object): boolean {
  return Object.entries(keys).some(([key, properties]) => {
    const has = properties.every(property => (row as Record<string, unknown>)[property] != null);
    return has && refAddress(name, key, properties, row) === address;
  });
}
