import type { AnyConfig } from './config-definition.ts';

/** What a source found of one config of one tenant. */
export interface LoadedConfig {
  readonly version: number;
  /** When it was changed, ms since 1970. */
  readonly updatedAt: number;
  /** When the value ends by itself, ms since 1970; 0 never. */
  readonly expiresAt: number;
  /** The stored value, as JSON text; undefined where it was unset or has expired: the version says since when. */
  readonly json: string | undefined;
}

/**
 * Where configs are loaded from that Redis does not have. Given to `createClient` as `source`: `databaseSource(orm)`, or
 * `workerSource({ redis })` where there is no database.
 */
export interface ConfigSource {
  /**
   * What the database has now, read from its primary, in the order of the definitions; undefined for what never was
   * set. Rejects where it cannot tell: `UNAVAILABLE`, `TIMEOUT`.
   */
  load(tenant: string, definitions: readonly AnyConfig[]): Promise<readonly (LoadedConfig | undefined)[]>;
}
