import type { Client, HealthReason } from '@tenantry/sdk';

/** The answer to one question about a process. */
export interface HealthAnswer {
  readonly ok: boolean;
  /** What is not as it should be. Neither a tenant's name nor a value is in it: whoever can reach a probe may read it. */
  readonly reasons: readonly {
    readonly kind: string;
    readonly why: string;
    readonly ageMs: number;
    readonly code?: string;
  }[];
}

/** Those that make what is shown stale. The source and its breakers do not: what a live feed tells is fresh without them. */
const STALE: ReadonlySet<HealthReason['kind']> = new Set(['redis', 'feed', 'snapshot', 'bootstrap', 'closed']);

const WHY: Readonly<Record<HealthReason['kind'], string>> = Object.freeze({
  redis: 'there is no connection to Redis',
  feed: 'a feed in use is not live',
  refused: 'Redis does not let this user read a tenant',
  source: 'the source does not answer',
  breaker: 'loads of a config are held back',
  snapshot: 'values of the snapshot file are served',
  bootstrap: 'values of `bootstrap` are served',
  closed: 'the client was closed',
});

type Asked = Pick<Client, 'health' | 'stats'>;

/** Whether there are usable values, stale ones too: Redis was reached, or memory, a snapshot file or `bootstrap` has something. */
export function isReady(client: Asked, wasReached: boolean): HealthAnswer {
  const reasons = client.health() ?? [];
  const isClosed = reasons.some(({ kind }) => kind === 'closed');
  const hasSaved = reasons.some(({ kind }) => kind === 'snapshot' || kind === 'bootstrap');
  return { ok: !isClosed && (wasReached || hasSaved || client.stats().entries > 0), reasons: reasons.map(shown) };
}

/** Whether what is shown is what was committed. */
export function isFresh(client: Asked): HealthAnswer {
  const reasons = (client.health() ?? []).filter(({ kind }) => STALE.has(kind));
  return { ok: reasons.length === 0, reasons: reasons.map(shown) };
}

function shown({ kind, ageMs, lastError }: HealthReason): HealthAnswer['reasons'][number] {
  return { kind, why: WHY[kind], ageMs: Math.round(ageMs), ...(lastError && { code: lastError.code }) };
}
