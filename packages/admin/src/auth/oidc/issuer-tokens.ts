import type { Principal } from '@tenantry/admin-api';
import { checkOptionNames, refuseOption } from '@tenantry/protocol/internal';
import { decodeJwt, type JWTPayload } from 'jose';
import * as openid from 'openid-client';
import type { Auth } from '../auth.ts';
import { issuerUrl } from './oidc-options.ts';
import { principalOf } from './principal-of.ts';
import { type Issuer, TOLERANCE_SECONDS, TokenCheck } from './token-check.ts';
import { unavailable } from './unavailable.ts';

/** Options of `issuerTokens`. */
export interface IssuerTokensOptions {
  /** Who signs the tokens, as its discovery document names it: `https://token.actions.githubusercontent.com`. `https:`, or `http:` on this machine. */
  readonly issuer: string;
  /** Who the tokens must be for (`aud`): a name that only this installation has. */
  readonly audience: string;
  /**
   * What else a token must say: each claim one of these texts. An issuer that serves everybody needs it, or everybody's jobs are known here:
   * `{ repository: 'acme/app', ref: 'refs/heads/main' }`.
   */
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
  /** The claim that names the caller in grants and in the audit log. Default `sub`. */
  readonly userClaim?: string | undefined;
  /** Stands before it, so that no job is taken for a person: `ci:`. Default: nothing. */
  readonly idPrefix?: string | undefined;
  /** Groups of every caller. Default: none. What a token says of groups is not believed. */
  readonly groups?: readonly string[] | undefined;
}

const NAMES = ['issuer', 'audience', 'claims', 'userClaim', 'idPrefix', 'groups'];
const NO_GROUPS = '';

/**
 * Knows programs by the signed tokens (JWT) of an issuer where nobody signs in to this server: the ID tokens of a CI's jobs, of a cloud, of
 * Kubernetes. No secret is kept on either side. `INVALID_OPTION`; the issuer is asked for its keys when its first token comes.
 */
export function issuerTokens(options: IssuerTokensOptions): Auth {
  const { issuer, audience, claims, userClaim, idPrefix, groups } = checked(options);
  let found: Promise<Issuer> | undefined;
  const find = async (): Promise<Issuer> => {
    // Discovery needs the name of a client, and no client is used.
    found ??= openid
      .discovery(issuer, 'tenantry', undefined, openid.None(), {
        ...(issuer.protocol === 'http:' && { execute: [openid.allowInsecureRequests] }),
      })
      .then(configuration => configuration.serverMetadata());
    try {
      return await found;
    } catch (error) {
      found = undefined;
      throw unavailable(error);
    }
  };
  const check = new TokenCheck(find, audience);
  return async (request): Promise<Principal | undefined> => {
    const [, token] = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    // Tokens of others are no reason to ask the issuer for anything.
    if (token === undefined || !isOf(token, issuer)) return undefined;
    const payload = await check.payloadOf(token);
    if (!payload || !says(payload, claims)) return undefined;
    const principal = principalOf(payload, { userClaim, groupsClaim: NO_GROUPS }, TOLERANCE_SECONDS);
    return principal && { ...principal, id: `${idPrefix}${principal.id}`, groups };
  };
}

/** What the token says of itself: nothing is known yet. */
function isOf(token: string, issuer: URL): boolean {
  try {
    const { iss } = decodeJwt(token);
    return iss !== undefined && URL.canParse(iss) && new URL(iss).href === issuer.href;
  } catch {
    return false;
  }
}

function says(payload: JWTPayload, claims: ReadonlyMap<string, readonly string[]>): boolean {
  return [...claims].every(([claim, allowed]) => {
    const said = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
    return typeof said === 'string' && allowed.includes(said);
  });
}

function checked(options: IssuerTokensOptions) {
  checkOptionNames('issuerTokens', options, NAMES);
  const { audience, claims, userClaim = 'sub', idPrefix = '', groups = [] } = options;
  for (const [name, text] of Object.entries({ audience, userClaim }))
    if (typeof text !== 'string' || text === '') refuseOption(name, 'a text', text);
  if (typeof idPrefix !== 'string' || idPrefix.length > 50)
    refuseOption('idPrefix', 'a text of at most 50 characters', idPrefix);
  if (typeof claims !== 'object' || claims === null)
    refuseOption('claims', 'an object of claims and their values', claims);
  const wanted = Object.entries(claims).map(([claim, values]) => [claim, [values].flat()] as const);
  if (!wanted.every(([, values]) => values.length > 0 && values.every(value => typeof value === 'string')))
    refuseOption('claims', 'texts, or lists of texts', claims);
  if (!Array.isArray(groups) || !groups.every(group => typeof group === 'string' && group !== ''))
    refuseOption('groups', 'a list of names', groups);
  return {
    ...{ issuer: issuerUrl('issuer', options.issuer), audience, userClaim, idPrefix },
    ...{ groups: Object.freeze([...groups]), claims: new Map(wanted) },
  };
}
