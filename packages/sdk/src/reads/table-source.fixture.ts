import type { AnyConfig, ConfigSource, LoadedConfig } from '@tenantry/protocol';

/** A source over a table of its own, that a test can hold, break and count. */
export interface TableSource extends ConfigSource {
  /** How often it was asked. */
  readonly asked: number;
  /** Loads that have read the table and were not yet let go. */
  readonly waiting: number;
  /** What the database has from now on; undefined takes it away. */
  set(config: AnyConfig, version: number, value: unknown, more?: Partial<LoadedConfig>): void;
  /** From now on loads fail, until it is called without an error. */
  fail(error?: unknown): void;
  /** From now on loads wait after they have read the table. */
  hold(): void;
  letGo(): void;
}

export function tableSource(): TableSource {
  const table = new Map<string, LoadedConfig>();
  const waiting: (() => void)[] = [];
  let [asked, isHeld, failure]: [number, boolean, unknown] = [0, false, undefined];
  return {
    get asked() {
      return asked;
    },
    get waiting() {
      return waiting.length;
    },
    async load(_tenant, definitions) {
      asked++;
      const found = definitions.map(({ configKey }) => table.get(configKey));
      if (isHeld) await new Promise<void>(resolve => waiting.push(resolve));
      if (failure) throw failure;
      return found;
    },
    set({ configKey }, version, value, more = {}) {
      const json = value === undefined ? undefined : JSON.stringify(value);
      table.set(configKey, { version, updatedAt: 1_000 + version, expiresAt: 0, json, ...more });
    },
    fail(error) {
      failure = error;
    },
    hold() {
      isHeld = true;
    },
    letGo() {
      isHeld = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
