import type { AnyConfig } from '@tenantry/protocol';
import type { ConfigChange } from './config-change.ts';
import type { ConfigParts } from './config-parts.ts';

// PLACEHOLDER by the lead so that the tree builds: the write-back colleague replaces this file; keep these names.

export interface DirtyConfig {
  readonly version: number;
  readonly json: string | undefined;
  readonly updatedAt: number;
  readonly updatedBy: string | null;
  readonly expiresAt: number;
  readonly dirty: boolean;
}

export interface WriteBack {
  write(tenant: string, changes: readonly ConfigChange[]): Promise<readonly { version: number; persisted: boolean }[]>;
  present(tenant: string, definitions: readonly AnyConfig[]): Promise<ReadonlyMap<string, DirtyConfig>>;
  flushBefore(tenant: string, definitions: readonly AnyConfig[]): Promise<void>;
}

export function createWriteBack(_parts: ConfigParts): WriteBack {
  return {
    write: () => Promise.reject(new Error('not built yet')),
    present: () => Promise.resolve(new Map()),
    flushBefore: () => Promise.resolve(),
  };
}
