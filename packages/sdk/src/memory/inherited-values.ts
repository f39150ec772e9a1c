import type { AnyConfig } from '@tenantry/protocol';

/** What the scopes of a tenant make of a config, and whether that is so still. */
export interface KeptValue {
  readonly value: unknown;
  /** What the scopes made before: the schema refuses what they make now, or nobody has looked since they changed. */
  readonly isLastGood: boolean;
  /** What was stored of it, merged. */
  stored(): unknown;
  isCurrent(now: () => number): boolean;
}

/** What a schema has made of some values: many tenants have the same scopes above, and nothing of their own. */
export interface MadeValue {
  readonly config: AnyConfig;
  readonly from: readonly unknown[];
  readonly value: unknown;
}

/** What `scopes/` makes of the slot of an inherited config, and of those above it. */
export interface InheritedValues {
  /** The value of this tenant. */
  kept: KeptValue | undefined;
  /** What the schema made of the values of this scope and of those above it. */
  made: MadeValue | undefined;
  /** The last good value of the process before, as it was stored, until this one has made a value. */
  saved: unknown;
}
