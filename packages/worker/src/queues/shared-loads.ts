import type { AnyConfig, ConfigSource, KeptConfig, LoadedConfig, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { createLoadedEncoder, type EncodeLoaded, type Loads, within } from '@tenantry/redis';

type Answer = LoadedConfig | KeptConfig | undefined;

/** Where loads come from and go to. */
export interface SharedLoadsParts {
  readonly source: ConfigSource;
  readonly loads: Pick<Loads, 'keepLoaded'>;
  /** ms since 1970 by the clock of Redis. */
  now(): number;
  /** Told where Redis could not be written. */
  onError(error: TenantryError): void;
}

// A herd of readers asks within moments, and with one load all of them are served.
const REUSE_MS = 250;

/**
 * Loads configs for readers and puts the replicated ones into Redis, by version. Readers that ask this worker for the same config of the
 * same tenant while it is loaded, or a moment later, share one load.
 */
export class SharedLoads {
  readonly #parts: SharedLoadsParts;
  readonly #encode: EncodeLoaded;
  readonly #shared = new Map<string, Promise<Answer>>();

  constructor(parts: SharedLoadsParts) {
    this.#parts = parts;
    this.#encode = createLoadedEncoder(() => parts.now(), Math.random);
  }

  /** In the order of the definitions. Rejects as the source does. */
  load(tenant: string, definitions: readonly AnyConfig[]): Promise<Answer[]> {
    return Promise.all(
      definitions.map(async definition => {
        if (definition.cache === 'replicated') return this.#share(tenant, definition);
        // Goes straight into the reader's memory, which counts on a load that began after its question.
        const [loaded] = await this.#parts.source.load(tenant, [definition]);
        return loaded;
      }),
    );
  }

  async #share(tenant: string, definition: AnyConfig): Promise<Answer> {
    // G10: a config key has no space, so no two tenants and configs spell the same.
    const key = `${tenant} ${definition.configKey}`;
    const begun = this.#shared.get(key);
    if (begun) {
      // The reader reads what Redis has by then, so the answer may be older than its question. That there is nothing may not:
      //   worker: load begins, v4                                             Redis knows of v5 → ended
      //   writer:                   commit v5 around Redis, announce it
      //   reader:                                                    asks     → v5 is there, and no message of it will come
      const answer = await begun;
      if (isInRedis(answer)) return answer;
    }
    const later = this.#shared.get(key);
    return later && later !== begun ? later : this.#begin(key, tenant, definition);
  }

  #begin(key: string, tenant: string, definition: AnyConfig): Promise<Answer> {
    const loading = this.#loadIntoRedis(tenant, definition);
    this.#shared.set(key, loading);
    const forget = () => {
      if (this.#shared.get(key) === loading) this.#shared.delete(key);
    };
    loading.then(
      answer => (isInRedis(answer) ? setTimeout(forget, reuseMs(definition)).unref() : forget()),
      () => forget(),
    );
    return loading;
  }

  async #loadIntoRedis(tenant: string, definition: AnyConfig): Promise<Answer> {
    const { source, loads, onError } = this.#parts;
    const [loaded] = await source.load(tenant, [definition]);
    try {
      const keeping = loads.keepLoaded(tenant, this.#encode(definition, loaded));
      const kept = await within(definition.cacheTimeoutMs, 'Keeping a loaded config in Redis', keeping);
      return { kept, version: loaded?.version ?? 0 };
    } catch (error) {
      onError(withoutValues(error, 'Keeping a loaded config in Redis'));
      return loaded;
    }
  }
}

function isInRedis(answer: Answer): boolean {
  return answer !== undefined && 'kept' in answer && answer.kept !== 'ended';
}

/** Not so long that a short-lived value would count as loaded anew. */
function reuseMs({ ttlMs = Number.POSITIVE_INFINITY, negativeTtlMs }: AnyConfig): number {
  return Math.min(REUSE_MS, ttlMs / 10, negativeTtlMs / 10);
}
