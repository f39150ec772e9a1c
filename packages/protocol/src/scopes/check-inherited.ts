import type { AnyConfig } from '../definitions/config-definition.ts';
import { TenantryError } from '../errors/tenantry-error.ts';

/** `NOT_INHERITED` for a config that no scope can override. */
export function checkInherited({ name, inherit }: AnyConfig): void {
  if (inherit !== 'none') return;
  throw new TenantryError(
    'NOT_INHERITED',
    `"${name}" has \`inherit: 'none'\`: every tenant has a value of its own or the default, and none inherits or overrides one.`,
  );
}
