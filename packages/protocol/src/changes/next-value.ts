import type { AnyConfig } from '../definitions/config-definition.ts';
import { encodeConfigValue } from '../definitions/config-value.ts';
import { toJsonText } from '../wire/json-text.ts';
import { deepMerge } from './deep-merge.ts';
import { unmask } from './secret-mask.ts';

/** Makes the text that a write stores of the text that stands there; undefined: nothing is set. */
export type NextValue = (present: string | undefined) => string | undefined;

/**
 * What a write makes of the present value, checked as far as that is possible before it is known: `NOT_JSON`, `INVALID_VALUE`, `INVALID_PATCH`,
 * `PAYLOAD_TOO_LARGE`.
 */
export function nextValue(verb: 'set' | 'patch' | 'unset', definition: AnyConfig, value: unknown): NextValue {
  if (verb === 'unset') return () => undefined;
  if (verb === 'patch') {
    // The present value is known only later. The patch by itself is checked now.
    const patch: unknown = JSON.parse(toJsonText(value));
    deepMerge(definition.name, {}, patch);
    return present =>
      encodeConfigValue(
        definition,
        revealed(definition, deepMerge(definition.name, base(definition, present), patch), present),
      );
  }
  if (definition.secret) {
    const set: unknown = JSON.parse(toJsonText(value));
    return present => encodeConfigValue(definition, revealed(definition, set, present));
  }
  const text = encodeConfigValue(definition, value);
  return () => text;
}

/** The default lies under a merge in any case. */
function base({ defaultJson, inherit }: AnyConfig, present: string | undefined): unknown {
  const text = present ?? (inherit === 'merge' ? undefined : defaultJson);
  return text === undefined ? {} : JSON.parse(text);
}

/** A writer may send back the mask that it read. The mask must not become the secret. */
function revealed({ secret }: AnyConfig, next: unknown, present: string | undefined): unknown {
  return secret ? unmask(next, present === undefined ? undefined : JSON.parse(present)) : next;
}
