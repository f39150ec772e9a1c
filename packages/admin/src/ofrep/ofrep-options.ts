import { randomBytes } from 'node:crypto';
import { TenantryError } from '@tenantry/protocol';
import { checkOptions, fn, optional } from '@tenantry/protocol/internal';

/** What an evaluation is about, as its caller says it. */
export interface OfrepContext {
  readonly targetingKey?: unknown;
  readonly [attribute: string]: unknown;
}

/** Options of OFREP, OpenFeature's protocol for flags over HTTP. */
export interface OfrepOptions {
  /** Whose pages may ask from a browser: origins such as `https://shop.example`, or `*` for any. Default: only pages of the admin's own origin. */
  readonly origins?: readonly string[] | undefined;
  /** The tenant of an evaluation; undefined: it has none. Answers without a promise. Default: the context's `targetingKey`. */
  readonly tenantOf?: ((context: OfrepContext) => string | number | bigint | undefined) | undefined;
  /**
   * True: the flag is switched off, and callers get their own defaults. Asked with the whole value of the config. Default: only a config that
   * was deregistered is.
   */
  readonly isDisabled?: ((value: unknown, flagKey: string) => boolean) | undefined;
  /**
   * Signs the addresses of event streams: at least 32 characters, the same for all servers. A list: the first one signs, all of them count. Default:
   * made at the start, so that another server, or this one after its next start, refuses the address.
   */
  readonly streamSecret?: string | readonly string[] | undefined;
}

/** The options with every default filled in. */
export interface CheckedOfrepOptions {
  readonly origins: readonly string[];
  readonly tenantOf: (context: OfrepContext) => unknown;
  readonly isDisabled: (value: unknown, flagKey: string) => boolean;
  readonly streamSecrets: readonly string[];
}

const SHORTEST_SECRET = 32;

const areOrigins = (value: unknown) =>
  Array.isArray(value) &&
  value.every(each => each === '*' || (URL.canParse(String(each)) && new URL(String(each)).origin === each));

/** Throws `INVALID_OPTION`. */
export function checkOfrepOptions(options: OfrepOptions): CheckedOfrepOptions {
  const { streamSecret, ...others } = options;
  const checked = checkOptions<Omit<OfrepOptions, 'streamSecret'>, ReturnType<typeof rules>>('ofrep', others, rules());
  const streamSecrets = typeof streamSecret === 'string' ? [streamSecret] : streamSecret;
  if (streamSecrets === undefined) return { ...checked, streamSecrets: [randomBytes(32).toString('hex')] };
  const isLong = (secret: unknown) => typeof secret === 'string' && secret.length >= SHORTEST_SECRET;
  // Not shown, wrong or right.
  if (!Array.isArray(streamSecrets) || streamSecrets.length === 0 || !streamSecrets.every(isLong))
    throw new TenantryError(
      'INVALID_OPTION',
      `The option \`streamSecret\` must be a text of at least ${SHORTEST_SECRET} characters, or a list of them. What it is now is not shown here.`,
    );
  return { ...checked, streamSecrets };
}

function rules() {
  return {
    origins: optional('a list of origins such as https://shop.example, or of `*`', areOrigins, [] as readonly string[]),
    tenantOf: fn<(context: OfrepContext) => string | number | bigint | undefined>(
      // What is none is refused where it is looked at.
      context => context.targetingKey as string | undefined,
    ),
    isDisabled: fn<(value: unknown, flagKey: string) => boolean>(() => false),
  };
}
