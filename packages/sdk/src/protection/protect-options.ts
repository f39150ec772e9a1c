import { tenantId } from '@tenantry/protocol';
import { checkOptions, LONGEST_TIMER_MS, optional, refuseOption, required, whole } from '@tenantry/protocol/internal';
import type { BreakerLimits } from './breaker.ts';
import type { RateLimits } from './rate.ts';

/** When a source that fails is left alone. */
export interface BreakerOptions {
  /** So many failed loads in a row open the breaker. Not found, aborted and refused values are no failures. Default 5. */
  readonly failures?: number | undefined;
  /** For so long no load is begun, in ms; then one is, which decides. Default 10,000. */
  readonly openMs?: number | undefined;
}

/** How many loads are begun. */
export interface RateOptions {
  /** In the long run, a second. */
  readonly perSecond: number;
  /** At once, after a quiet time. Default: those of one second, at least 1. */
  readonly burst?: number | undefined;
}

/** How the source is protected. What is left out is as where it is said more generally; `false`: not at all. */
export interface Protection {
  readonly breaker?: BreakerOptions | false | undefined;
  readonly rate?: RateOptions | false | undefined;
}

/** How the source is protected: each config for itself, all its tenants together. */
export interface ProtectOptions extends Protection {
  /** Otherwise for these configs, by name. */
  readonly configs?: Readonly<Record<string, Protection>> | undefined;
  /** Otherwise for these tenants, by id: each of them has breakers and rates of its own. */
  readonly tenants?: Readonly<Record<string, Protection>> | undefined;
}

/** With every default filled in. */
export interface Limits {
  readonly breaker: BreakerLimits | undefined;
  readonly rate: RateLimits | undefined;
}

/** The limits of one config of one tenant. */
export type LimitsOf = (tenant: string, config: string) => Limits;

/** The options, checked. */
export interface CheckedProtection {
  readonly limitsOf: LimitsOf;
  /** The tenant has breakers and rates of its own. */
  isApart(tenant: string): boolean;
}

const NAMES = ['breaker', 'rate'] as const;
const MOST_PER_SECOND = 1_000_000;

/** Throws `INVALID_OPTION`, which shows what arrived, and `INVALID_TENANT`. */
export function checkProtection(options: ProtectOptions): CheckedProtection {
  if (!isObject(options)) refuseOption('protect', 'an object', options);
  const { configs, tenants } = checkOptions('protect', options, {
    ...PROTECTION,
    configs: optional('an object of protections, by name', isObject),
    tenants: optional('an object of protections, by tenant', isObject),
  });
  const all = checkOne('protect', { breaker: options.breaker, rate: options.rate });
  const byConfig = checkEach('configs', configs);
  const byTenant = checkEach('tenants', tenants);
  for (const id of byTenant.keys()) tenantId(id);
  return {
    isApart: tenant => byTenant.has(tenant),
    limitsOf(tenant, config) {
      const said = [byTenant.get(tenant), byConfig.get(config), all];
      const [breaker, rate] = NAMES.map(name => said.find(each => each?.[name] !== undefined)?.[name] || undefined);
      return { breaker, rate } as Limits;
    },
  };
}

type CheckedOne = {
  readonly breaker: BreakerLimits | false | undefined;
  readonly rate: RateLimits | false | undefined;
};

function checkEach(
  name: string,
  each: Readonly<Record<string, Protection>> | undefined,
): ReadonlyMap<string, CheckedOne> {
  return new Map(Object.entries(each ?? {}).map(([key, one]) => [key, checkOne(`protect.${name}["${key}"]`, one)]));
}

function checkOne(whose: string, protection: Protection): CheckedOne {
  if (!isObject(protection)) refuseOption(whose, 'an object', protection);
  const { breaker, rate } = checkOptions(whose, protection, PROTECTION);
  return {
    breaker: breaker && checkOptions(`${whose}.breaker`, breaker, BREAKER),
    rate: rate && withBurst(checkOptions(`${whose}.rate`, rate, RATE)),
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isObjectOrFalse = (value: unknown) => value === false || isObject(value);

const PROTECTION = {
  breaker: optional('an object or false', isObjectOrFalse),
  rate: optional('an object or false', isObjectOrFalse),
};

const BREAKER = {
  failures: whole(1, 1_000_000, 5),
  openMs: whole(1, LONGEST_TIMER_MS, 10_000),
};

const RATE = {
  perSecond: required(
    `a number above 0 and up to ${MOST_PER_SECOND}`,
    value => typeof value === 'number' && value > 0 && value <= MOST_PER_SECOND,
  ),
  burst: whole(1, MOST_PER_SECOND),
};

function withBurst({ perSecond, burst = Math.max(1, Math.ceil(perSecond)) }: RateOptions): RateLimits {
  return { perSecond, burst };
}
