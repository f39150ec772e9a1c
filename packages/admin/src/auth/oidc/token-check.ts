import { createRemoteJWKSet, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose';
import { unavailable } from './unavailable.ts';

// What a provider signs with a key that this server has not: `none` and the shared secrets of HS256 are not among them.
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Clocks differ: a token is taken for so long after its end. */
export const TOLERANCE_SECONDS = 30;

/** So long the keys stand without a look whether the issuer has withdrawn one. */
const LOOK_AGAIN_MS = 60_000;
/** So long they stand while the issuer cannot be asked: nobody is kept out while it restarts. */
const OLDEST_KEYS_MS = 600_000;

/** What a provider says of itself. */
export interface Issuer {
  readonly issuer: string;
  readonly jwks_uri?: string | undefined;
}

/** Checks the tokens of one issuer, with its keys, for one audience. */
export class TokenCheck {
  readonly #find: () => Promise<Issuer>;
  readonly #audience: string;
  #keys: RemoteJWKSet | undefined;
  #askedAt = 0;

  /** `find`: asked again with each token; rejects where the issuer cannot be reached. */
  constructor(find: () => Promise<Issuer>, audience: string) {
    this.#find = find;
    this.#audience = audience;
  }

  /** Undefined for a token that is not the issuer's, not for us, or over. `UNAVAILABLE` where the issuer cannot be asked. */
  async payloadOf(token: string): Promise<JWTPayload | undefined> {
    const { issuer, jwks_uri } = await this.#find();
    if (jwks_uri === undefined) return undefined;
    const keys = await this.#keysOf(jwks_uri);
    try {
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer, audience: this.#audience, algorithms: ALGORITHMS, clockTolerance: TOLERANCE_SECONDS },
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      // jose's errors have a code for what is wrong with the token; what has none, or is a timeout, is about the way to the keys.
      const { code } = error as { code?: string };
      if (code === undefined || code === 'ERR_JWKS_TIMEOUT' || code === 'ERR_JOSE_GENERIC') throw unavailable(error);
      return undefined;
    }
  }

  async #keysOf(address: string): Promise<RemoteJWKSet> {
    const age = Date.now() - this.#askedAt;
    // A clock may go back.
    if (this.#keys && age >= 0 && age < LOOK_AGAIN_MS) return this.#keys;
    this.#askedAt = Date.now();
    // Where there are none, or none that stand, the check itself asks, and says why it cannot.
    if (this.#keys?.fresh) await this.#keys.reload().catch(() => undefined);
    this.#keys ??= createRemoteJWKSet(new URL(address), { cacheMaxAge: OLDEST_KEYS_MS });
    return this.#keys;
  }
}
