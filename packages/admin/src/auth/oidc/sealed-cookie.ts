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

/** A cookie that only this installation can read and write: encrypted, and with its own end. */
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

  /** The header that sets it. */
  async set(payload: JWTPayload): Promise<string> {
    const { seconds } = this.#options;
    const text = await new EncryptJWT(payload)
      .setProtectedHeader(ENCRYPTION)
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .encrypt(this.#keys[0] as Uint8Array);
    return this.#header(text, seconds);
  }

  /** The header that takes it away. */
  clear(): string {
    return this.#header('', 0);
  }

  /** What it says; undefined where there is none, or it is not ours, or over. */
  async read(request: Request): Promise<JWTPayload | undefined> {
    const text = cookieOf(request, this.#options.name);
    if (text === undefined) return undefined;
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

  #header(text: string, seconds: number): string {
    const { name, isSecure } = this.#options;
    // Lax: the provider sends the browser back from another site.
    return `${name}=${text}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  }
}

function cookieOf(request: Request, name: string): string | undefined {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at !== -1 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || undefined;
  }
  return undefined;
}
