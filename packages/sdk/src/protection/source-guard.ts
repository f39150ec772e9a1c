import { type AnyConfig, type Tenant, TenantryError } from '@tenantry/protocol';
import { type BreakerEvent, type BreakerState, breakerWaitMs, CLOSED, nextBreaker } from './breaker.ts';
import type { CheckedProtection, Limits } from './protect-options.ts';
import { fullRate, type RateState, rateWaitMs, takeFromRate } from './rate.ts';

/** A call of the source that may go. Exactly one of the two is called, once. */
export interface AllowedCall {
  answered(): void;
  failed(error: TenantryError): void;
}

/** A breaker that holds loads back. */
export interface OpenBreaker {
  readonly config: string;
  /** Where the tenant has a breaker of its own. */
  readonly tenant: string | undefined;
  readonly state: BreakerState;
  readonly lastError: TenantryError | undefined;
}

/** What a guard works with. */
export interface SourceGuardParts {
  /** Undefined: every call goes. */
  readonly protection: CheckedProtection | undefined;
  readonly clock: () => number;
  report(error: TenantryError): void;
}

/** What stands between the reader and its source, for one config: of all tenants, or of one that is apart. */
interface Gate {
  readonly config: string;
  readonly tenant: string | undefined;
  readonly limits: Limits;
  breaker: BreakerState;
  rate: RateState | undefined;
  lastError: TenantryError | undefined;
}

/**
 * Decides whether the source is called, for all tenants of a client. It makes no promises and sets no timers: whoever asks brings it up to
 * date. A value in memory is answered without it.
 */
export class SourceGuard {
  readonly #parts: SourceGuardParts;
  readonly #ofAll = new Map<string, Gate>();
  readonly #ofOne = new Map<string, Map<string, Gate>>();

  constructor(parts: SourceGuardParts) {
    this.#parts = parts;
  }

  /** In how many ms a call may go; 0: now. Takes nothing. */
  waitMs(tenant: Tenant, config: AnyConfig): number {
    const gate = this.#gateOf(tenant, config);
    return gate ? Math.max(this.#breakerWaitMs(gate), this.#rateWaitMs(gate)) : 0;
  }

  /** The error to fail with now, if any: `CIRCUIT_OPEN` or `RATE_LIMITED`. */
  refusal(tenant: Tenant, config: AnyConfig): TenantryError | undefined {
    const gate = this.#gateOf(tenant, config);
    if (!gate) return undefined;
    const openMs = this.#breakerWaitMs(gate);
    if (openMs > 0) return circuitOpen(gate, openMs);
    const limitedMs = this.#rateWaitMs(gate);
    return limitedMs > 0 ? rateLimited(gate, limitedMs) : undefined;
  }

  /** A call goes. Throws the refusal, where there is one. */
  begin(tenant: Tenant, config: AnyConfig): AllowedCall {
    const refusal = this.refusal(tenant, config);
    if (refusal) throw refusal;
    const gate = this.#gateOf(tenant, config);
    if (!gate) return UNGUARDED;
    const { rate } = gate.limits;
    if (rate && gate.rate) gate.rate = takeFromRate(gate.rate, this.#parts.clock(), rate);
    this.#happened(gate, 'asked');
    const { life } = gate.breaker;
    let isOver = false;
    const end = (event: BreakerEvent, error?: TenantryError) => {
      if (!isOver) this.#happened(gate, event, error, life);
      isOver = true;
    };
    return { answered: () => end('answered'), failed: error => end(eventOf(error), error) };
  }

  /** Not those whose pause is over: nobody may ask for that config again, and what holds nothing back is no trouble. */
  *openBreakers(): Iterable<OpenBreaker> {
    for (const gates of [this.#ofAll, ...this.#ofOne.values()])
      for (const gate of gates.values()) if (this.#breakerWaitMs(gate) > 0) yield { ...gate, state: gate.breaker };
  }

  #happened(gate: Gate, event: BreakerEvent, error?: TenantryError, life?: number): void {
    const { breaker: limits } = gate.limits;
    if (!limits) return;
    const before = gate.breaker;
    gate.breaker = nextBreaker(before, event, this.#parts.clock(), limits, life);
    if (gate.breaker === before) return;
    gate.lastError = event === 'answered' ? undefined : (error ?? gate.lastError);
    if (before.name === 'closed' && gate.breaker.name === 'open') this.#parts.report(circuitOpen(gate, limits.openMs));
  }

  #breakerWaitMs({ breaker, limits }: Gate): number {
    return limits.breaker ? breakerWaitMs(breaker, this.#parts.clock(), limits.breaker) : 0;
  }

  #rateWaitMs({ rate, limits }: Gate): number {
    return limits.rate && rate ? rateWaitMs(rate, this.#parts.clock(), limits.rate) : 0;
  }

  /** Kept for as long as the client: there are no more than the configs, and those of the tenants that the options name. */
  #gateOf(tenant: Tenant, { name: config }: AnyConfig): Gate | undefined {
    const { protection, clock } = this.#parts;
    if (!protection || typeof tenant !== 'string') return undefined;
    const isApart = protection.isApart(tenant);
    const gates = isApart ? this.#gatesOfOne(tenant) : this.#ofAll;
    let gate = gates.get(config);
    if (!gate) {
      const limits = protection.limitsOf(tenant, config);
      const rate = limits.rate && fullRate(limits.rate, clock());
      gate = { config, tenant: isApart ? tenant : undefined, limits, breaker: CLOSED, rate, lastError: undefined };
      gates.set(config, gate);
    }
    return gate;
  }

  #gatesOfOne(tenant: string): Map<string, Gate> {
    const gates = this.#ofOne.get(tenant) ?? new Map<string, Gate>();
    this.#ofOne.set(tenant, gates);
    return gates;
  }
}

const UNGUARDED: AllowedCall = Object.freeze({ answered: () => undefined, failed: () => undefined });

/** An answer that is refused is an answer: the source is there. An aborted call says nothing of it. */
function eventOf(error: TenantryError): BreakerEvent {
  if (error.cause instanceof DOMException && error.cause.name === 'AbortError') return 'aborted';
  return error.retryable ? 'failed' : 'answered';
}

function circuitOpen({ config, tenant, breaker }: Gate, retryAfterMs: number): TenantryError {
  const whose = tenant === undefined ? '' : ` of tenant ${tenant}`;
  return new TenantryError(
    'CIRCUIT_OPEN',
    `"${config}"${whose} is not loaded: ${breaker.failures} loads in a row have failed, so the source is left alone for a while.`,
    { details: { retryAfterMs } },
  );
}

function rateLimited({ config, tenant, limits }: Gate, retryAfterMs: number): TenantryError {
  const whose = tenant === undefined ? '' : ` of tenant ${tenant}`;
  return new TenantryError(
    'RATE_LIMITED',
    `"${config}"${whose} is not loaded: ${limits.rate?.perSecond} loads a second are allowed, and they were made.`,
    { details: { retryAfterMs } },
  );
}
