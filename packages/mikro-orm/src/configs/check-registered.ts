import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { describeArrived } from '@tenantry/protocol/internal';
import type { ConfigParts } from './config-parts.ts';

/** `NOT_REGISTERED` for a config that this process does not know, and for anything that is no config. */
export function checkRegistered({ registry }: Pick<ConfigParts, 'registry'>, definition: AnyConfig): void {
  if (registry.config(definition)) return;
  const name = (definition as Partial<AnyConfig> | undefined)?.name;
  throw new TenantryError(
    'NOT_REGISTERED',
    `This config is not registered with the ORM: ${describeArrived(name ?? definition)}. Add it to \`configs\`, or \`register\` it.`,
  );
}
