import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '@tenantry/admin-api';
import { TenantryError } from '@tenantry/protocol';
import { checkOptionNames, refuseOption } from '@tenantry/protocol/internal';
import type { Auth } from './auth.ts';

/** One token, and who has it. */
export interface StaticToken extends Omit<Principal, 'groups'> {
  /** Default: none. */
  readonly groups?: readonly string[] | undefined;
  /** The SHA-256 of the token in hex: the token itself then stands in no file. */
  readonly sha256?: string | undefined;
  /** The environment variable that has the token, at least 20 characters of it; read once. */
  readonly env?: string | undefined;
}

const SHORTEST = 20;

/** Knows callers by a token in `Authorization: Bearer …`. Only hashes are kept. `INVALID_OPTION`. */
export function staticTokens(tokens: readonly StaticToken[]): Auth {
  if (!Array.isArray(tokens) || tokens.length === 0)
    refuseOption('The tokens of `staticTokens`', 'a list of at least one', tokens);
  const known = tokens.map(token => ({ hash: hashOf(token), principal: principalOf(token) }));
  return request => {
    const [, token] = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    if (token === undefined) return undefined;
    const hash = sha256(token);
    let found: Principal | undefined;
    // All of them, whichever it is: the time tells nothing.
    for (const each of known) if (timingSafeEqual(each.hash, hash)) found = each.principal;
    return found;
  };
}

function principalOf({ id, name, groups = [] }: StaticToken): Principal {
  if (typeof id !== 'string' || id === '' || id.length > 200) refuseOption('id', 'text of 1 to 200 characters', id);
  if (!Array.isArray(groups) || !groups.every(group => typeof group === 'string' && group !== ''))
    refuseOption('groups', 'a list of names', groups);
  return Object.freeze({ id, groups: Object.freeze([...groups]), ...(name !== undefined && { name }) });
}

function hashOf(token: StaticToken): Buffer {
  checkOptionNames('a token', token, ['id', 'name', 'groups', 'sha256', 'env']);
  const { env, sha256: hex } = token;
  if ((env === undefined) === (hex === undefined))
    throw new TenantryError('INVALID_OPTION', `The token of "${token.id}" must have either \`sha256\` or \`env\`.`);
  if (hex !== undefined) {
    // Not shown: it may be the token itself.
    if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex');
    throw new TenantryError('INVALID_OPTION', `The \`sha256\` of the token of "${token.id}" must be 64 hex digits.`);
  }
  const text = process.env[String(env)] ?? '';
  if (text.length >= SHORTEST && /^[\x21-\x7e]+$/.test(text)) return sha256(text);
  throw new TenantryError(
    'INVALID_OPTION',
    `The environment variable ${String(env)} must hold the token of "${token.id}": at least ${SHORTEST} printable characters.`,
  );
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
