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

/** The answer of a source that has put it into Redis by itself: the value is there, and not here. */
export interface KeptConfig {
  /**
   * `filled`: Redis has the source's answer now. `newer`: Redis has a newer value, which stays. `ended`: Redis knows that the value was
   * taken away, at this version or at a newer one.
   */
  readonly kept: 'filled' | 'newer' | 'ended';
  /** The version that the source has; 0: the config never was set. */
  readonly version: number;
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

  /**
   * Optional, for a source that has the right to write to Redis, where its clients may only read. Loads like `load`, and puts its answers
   * for configs with `cache: 'replicated'` into Redis, by version. A client then takes no lease and writes nothing: it reads Redis once
   * more. The source answers with the value itself for all other configs, and where Redis could not be written.
   */
  loadIntoRedis?(
    tenant: string,
    definitions: readonly AnyConfig[],
  ): Promise<readonly (LoadedConfig | KeptConfig | undefined)[]>;
}
