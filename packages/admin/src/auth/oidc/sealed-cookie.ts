import { hkdfSync } from 'node:crypto';
import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose';

/** What a cookie is called, how long it lasts, and where it goes. */
export interface SealedCookieOptions {
  readonly name: string;
  readonly seconds: number;
  readonly isSecure: boolean;
  readonly secrets: readonly string[];
}

const ENCRYPTION = { alg: 'dir', enc: 'A256GCM' } as const;

/** Browsers drop a cookie of more than 4,096 bytes, its name and attributes included, and say nothing. */
const LONGEST_PART = 3_800;
/** Servers take 16 kB of headers. */
const MOST_PARTS = 3;

/**
 * A cookie that only this installation can read and write: encrypted, and with its own end. What is too long for one cookie stands in several. There
 * may be some of them beside each other: `of` says which.
 */
export class SealedCookie {
  readonly #options: SealedCookieOptions;
  readonly #keys: readonly Uint8Array[];

  constructor(options: SealedCookieOptions) {
    // Browsers take a cookie of this name only for the whole host and over TLS: no neighbour can put one there.
    this.#options = { ...options, name: options.isSecure ? `__Host-${options.name}` : options.name };
    // A key of its own for each name: the cookie of a login cannot be sent as that of a session.
    this.#keys = options.secrets.map(
      secret => new Uint8Array(hkdfSync('sha256', secret, '', `tenantry ${options.name}`, 32)),
    );
  }

  /** The headers that set it; undefined where it is so long that browsers or servers would not take it. */
  async set(payload: JWTPayload, of?: string): Promise<string[] | undefined> {
    const { seconds } = this.#options;
    const text = await new EncryptJWT(payload)
      .setProtectedHeader(ENCRYPTION)
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .encrypt(this.#keys[0] as Uint8Array);
    const count = Math.ceil(text.length / LONGEST_PART);
    if (count > MOST_PARTS) return undefined;
    return Array.from({ length: count }, (_, i) => {
      const part = text.slice(i * LONGEST_PART, (i + 1) * LONGEST_PART);
      // The first says how many there are: others may be left of a longer one before.
      return this.#header(partName(this.#nameOf(of), i), i === 0 && count > 1 ? `${count}!${part}` : part, seconds);
    });
  }

  /** The headers that take it away. */
  clear(request: Request, of?: string): string[] {
    const name = this.#nameOf(of);
    const cookies = cookiesOf(request);
    const names = Array.from({ length: MOST_PARTS }, (_, i) => partName(name, i));
    return names.filter((each, i) => i === 0 || cookies.has(each)).map(each => this.#header(each, '', 0));
  }

  /** What it says; undefined where there is none, or it is not ours, or over. */
  async read(request: Request, of?: string): Promise<JWTPayload | undefined> {
    const cookies = cookiesOf(request);
    const name = this.#nameOf(of);
    const [, count = '1', first = ''] = /^(?:(\d)!)?(.+)$/.exec(cookies.get(name) ?? '') ?? [];
    const others = Array.from({ length: Number(count) - 1 }, (_, i) => cookies.get(partName(name, i + 1)) ?? '');
    const text = first + others.join('');
    if (text === '') return undefined;
    for (const key of this.#keys) {
      const opened = await jwtDecrypt(text, key, {
        keyManagementAlgorithms: [ENCRYPTION.alg],
        contentEncryptionAlgorithms: [ENCRYPTION.enc],
        requiredClaims: ['exp'],
      }).catch(() => undefined);
      if (opened) return opened.payload;
    }
    return undefined;
  }

  /** The oldest of those that a browser has: so many that the others are together no longer than `bytes`. */
  beyond(request: Request, bytes: number): string[] {
    const start = `${this.#options.name}-`;
    let room = bytes;
    // Browsers send them in the order in which they got them.
    return [...cookiesOf(request)].toReversed().flatMap(([name, value]) => {
      if (!name.startsWith(start)) return [];
      room -= name.length + value.length;
      return room < 0 ? name.slice(start.length) : [];
    });
  }

  #nameOf(of: string | undefined): string {
    return of === undefined ? this.#options.name : `${this.#options.name}-${of}`;
  }

  #header(name: string, text: string, seconds: number): string {
    // Lax: the provider sends the browser back from another site.
    return `${name}=${text}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${this.#options.isSecure ? '; Secure' : ''}`;
  }
}

function partName(name: string, part: number): string {
  return part === 0 ? name : `${name}.${part}`;
}

function cookiesOf(request: Request): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    // The first of a name is the one that counts.
    if (at !== -1 && !cookies.has(name)) cookies.set(name, part.slice(at + 1).trim());
  }
  return cookies;
}
