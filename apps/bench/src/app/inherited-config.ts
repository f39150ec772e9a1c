import { type AnyConfig, type ConfigDefinition, defineConfig, GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import type { RecordChange } from '@tenantry/redis';

/** What a checkout is like. */
export interface Checkout {
  readonly newFlow: boolean;
  readonly limits: { readonly most?: number; readonly least?: number };
}

// Any schema will do: what is measured does not validate.
const schema: ConfigDefinition<Checkout, Checkout>['schema'] = {
  '~standard': { version: 1, vendor: 'bench', validate: value => ({ value: value as Checkout }) },
};

/** A config of which a tenant has its own value, or none. */
export const ownCheckout = defineConfig({ name: 'own-checkout', schema });

/** The same, merged of the values of all scopes. */
export const inheritedCheckout = defineConfig({ name: 'inherited-checkout', schema, inherit: 'merge' });

/** The scopes of the benchmarks. */
export const GLOBAL: Tenant = GLOBAL_TENANT;
/** A group is a tenant whose id begins with a blank. */
export const GROUP: Tenant = ' enterprise';

const codec = createPayloadCodec();

/** The change that a config store would publish. */
export function setConfig(
  { address: owner }: Pick<AnyConfig, 'address'>,
  version: number,
  value: unknown,
): RecordChange {
  const envelope = encodeEnvelope({ version, updatedAt: version, expiresAt: 0, owner, payload: codec.encode(value) });
  return { owner, version, op: 'put', addresses: [owner], envelope };
}

/** A tenant is in these groups: a record under a name of its own, as the wire formats say. */
export function setGroups(...groups: readonly string[]): RecordChange {
  return setConfig({ address: '@config:@groups' }, 1, groups);
}
