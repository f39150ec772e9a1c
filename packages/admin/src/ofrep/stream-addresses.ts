import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Principal } from '@tenantry/admin-api';

/** Whose stream it is, and of which tenant. */
export interface StreamOwner {
  readonly tenant: string;
  readonly principal: Principal;
}

const WEEK_MS = 604_800_000;
// Servers take 16 kB of headers, and proxies often 8.
const LONGEST = 4_096;

/**
 * Addresses of event streams that say by themselves whose they are: an `EventSource` sends no headers. One has the same address for at least a week, so that
 * a browser does not connect again with each answer; it holds for one week more. What its owner may see is asked anew whenever it is used.
 */
export class StreamAddresses {
  readonly #keys: readonly Buffer[];

  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map(secret => Buffer.from(hkdfSync('sha256', secret, '', 'tenantry ofrep stream', 32)));
  }

  /** What stands behind `?of=`; undefined where the owner is in so many groups that no address can say them. */
  sign({ tenant, principal }: StreamOwner, now: number): string | undefined {
    const until = (Math.floor(now / WEEK_MS) + 2) * WEEK_MS;
    const text = Buffer.from(JSON.stringify([tenant, principal.id, principal.groups, until])).toString('base64url');
    const signed = `${text}.${signature(this.#keys[0] as Buffer, text).toString('base64url')}`;
    return signed.length > LONGEST ? undefined : signed;
  }

  /** The owner; undefined for what was not signed here, or holds no more. */
  open(signed: string, now: number): StreamOwner | undefined {
    const [text = '', given = '', ...rest] = signed.length > LONGEST ? [] : signed.split('.');
    const bytes = Buffer.from(given, 'base64url');
    const isOurs = this.#keys.some(key => {
      const own = signature(key, text);
      return own.length === bytes.length && timingSafeEqual(own, bytes);
    });
    if (!isOurs || rest.length > 0) return undefined;
    const [tenant, id, groups, until] = JSON.parse(Buffer.from(text, 'base64url').toString()) as Signed;
    return until > now ? { tenant, principal: { id, groups } } : undefined;
  }
}

type Signed = [tenant: string, id: string, groups: readonly string[], until: number];

function signature(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
