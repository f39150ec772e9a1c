import type { ConfigSource } from '@tenantry/protocol';

/** The same source; tells what is loaded from it, by the name of its ref. */
export function toldSource(source: ConfigSource, onLoad: (name: string) => void): ConfigSource {
  return {
    load(tenant, definitions) {
      for (const { address } of definitions) onLoad(`${address} ${tenant}`);
      return source.load(tenant, definitions);
    },
  };
}
