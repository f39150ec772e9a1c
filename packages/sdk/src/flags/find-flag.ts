import type { AnyConfig } from '@tenantry/protocol';

/** What a flag key names: a config, and the way to a field inside its value. */
export interface Flag {
  readonly config: AnyConfig;
  /** Empty: the whole value. */
  readonly path: readonly string[];
}

const WHOLE: readonly string[] = Object.freeze([]);

/**
 * Finds `checkout` or `checkout.newFlow`. Names of configs may have dots, too: the longest name that fits counts. Nothing is remembered,
 * because an application may make up keys without end.
 */
export function findFlag(configs: ReadonlyMap<string, AnyConfig>, flagKey: string): Flag | undefined {
  const whole = configs.get(flagKey);
  if (whole) return { config: whole, path: WHOLE };
  if (typeof flagKey !== 'string') return undefined;
  for (let dot = flagKey.lastIndexOf('.'); dot > 0; dot = flagKey.lastIndexOf('.', dot - 1)) {
    const config = configs.get(flagKey.slice(0, dot));
    if (config) return { config, path: flagKey.slice(dot + 1).split('.') };
  }
  return undefined;
}

/** The value at the end of a path; undefined where a step is missing. What an object merely inherits is no field of it, nor is the length of a list. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !isField(found, step)) return undefined;
    found = (found as Record<string, unknown>)[step];
  }
  return found;
}

function isField(of: object, step: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(of, step);
}
