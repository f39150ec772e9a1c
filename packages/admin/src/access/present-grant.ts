import type { Grant } from '@tenantry/admin-api';

/** Knows a config by each of its names. */
interface KnowsConfigs {
  readonly store: { definition(name: string): { readonly name: string } | undefined };
}

/**
 * A grant by the present name of its config: one that names a former name goes on holding for the same config after the rename. Before any
 * check, so that nothing else has to know that a config has several names. The beginning of names is that of present names alone: what
 * moves out of `ui/` leaves `ui/*`.
 */
export function presentGrant<G extends Pick<Grant, 'config'>>({ store }: KnowsConfigs, grant: G): G {
  const { config } = grant;
  const name = config.endsWith('*') ? config : (store.definition(config)?.name ?? config);
  return name === config ? grant : { ...grant, config: name };
}
