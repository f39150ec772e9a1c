import { Inject } from '@nestjs/common';
import { type Ref, TenantryError } from '@tenantry/protocol';
import { describeArrived } from '@tenantry/protocol/internal';

/** The token of the `Client`. */
export const TENANTRY_CLIENT: unique symbol = Symbol('tenantry.client');

/** The token of a ref's live value, for `overrideProvider` in a test. Refs of one address have one token. */
export function liveToken(ref: Ref<unknown>): symbol {
  if (typeof ref?.address !== 'string')
    throw new TenantryError(
      'INVALID_KEY',
      `A live value is of a config or of a ref that a definition's \`by\` made, got ${describeArrived(ref)}. Do two files import each other?`,
    );
  return Symbol.for(`tenantry.live(${ref.address})`);
}

/** Injects the `Client` of the application. */
export function InjectClient(): PropertyDecorator & ParameterDecorator {
  return Inject(TENANTRY_CLIENT);
}

/**
 * Injects the `LiveOf<typeof ref>` of a ref that `TenantryModule.forFeature` names. `INVALID_KEY` where it is no ref.
 *
 *     constructor(@InjectLive(smartFeature) private readonly smart: LiveOf<typeof smartFeature>) {}
 */
export function InjectLive(ref: Ref<unknown>): PropertyDecorator & ParameterDecorator {
  return Inject(liveToken(ref));
}
