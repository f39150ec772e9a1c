import { type Grant, mayGive, rightsOf } from '@tenantry/admin-api';
import type { Grant as StoredGrant } from '@tenantry/mikro-orm';
import { givableVerbs } from '../../access/givable-verbs.ts';
import { presentGrant } from '../../access/present-grant.ts';
import { toGrant } from '../../access/stored-grants.ts';
import type { Call, Handler } from '../../calls/call.ts';
import { defined, type StoreParts } from '../../calls/handler-parts.ts';
import { visiblePage } from '../../calls/visible-page.ts';
import { nameText, scopeText } from '../../http/canonical-path.ts';
import { forbidden, notFound, Refused } from '../../http/refused.ts';
import { toGrantAnswer } from './me.ts';

/** The grants that the caller has, and those that it could give. */
export function listGrants(parts: StoreParts): Handler<'grants.list'> {
  return async call => {
    const { who, scope } = call.query;
    const filter = defined({ who, scope: scope === undefined ? undefined : (scopeText(scope) as Grant['scope']) });
    return {
      body: await visiblePage(
        call,
        page => parts.grants.list({ ...page, ...filter }),
        row => {
          const grant = grantOf(parts, row);
          return seesGrant(call as unknown as Call, grant) ? toGrantAnswer(grant) : undefined;
        },
      ),
    };
  };
}

function seesGrant({ principal, rights, now }: Call, grant: Grant): boolean {
  const isMine = rightsOf(principal, [grant]).grants.length > 0;
  return isMine || mayGive(rights, { ...grant, verbs: [], expiresAt: now + 1 }, now);
}

/** Gives a right. Whether the caller holds it is decided under the lock that every change of grants takes. */
export function giveGrant(parts: StoreParts): Handler<'grants.give'> {
  return async call => {
    const { reason, ...body } = call.body;
    const named = { ...body, who: nameText(body.who), scope: scopeText(body.scope) as Grant['scope'] };
    // Whoever may give `x/*` could else give a config that was called so once, and that nobody lets them give.
    const right = presentGrant(parts, named);
    const given = await parts.grants.give(right, {
      identity: identityOf(call as unknown as Call, reason),
      allowed: all => mayGive(rightsOf(call.principal, presentGrants(parts, all)), right, call.now),
    });
    // Here it holds with the answer; elsewhere as soon as it is heard of.
    await parts.rights.refresh();
    return { status: 201, body: toGrantAnswer(grantOf(parts, given)) };
  };
}

/** Takes a right away, which the caller must hold as if to give it, and which somebody must hold after that too, where it is the right to give. */
export function takeGrant(parts: StoreParts): Handler<'grants.take'> {
  return async call => {
    const any = call as unknown as Call;
    const grant = await findGrant(parts, Number(call.names.grant));
    if (!grant || !seesGrant(any, grant)) throw notFound();
    if (!mayGive(call.rights, grant, call.now)) throw forbidden('grant');
    const taken = await parts.grants.take(Number(grant.id), {
      identity: identityOf(any, call.query.reason),
      allowed: all => {
        const present = presentGrants(parts, all);
        if (!mayGive(rightsOf(call.principal, present), grant, call.now)) return false;
        checkGivers(present, grant, call.now);
        return true;
      },
    });
    await parts.rights.refresh();
    if (!taken) throw notFound();
    return { body: undefined };
  };
}

/** A right that nobody can give any more is lost to everybody who asks over HTTP: with it the installation might have no admin any more. */
function checkGivers(present: readonly Grant[], { id }: Grant, now: number): void {
  const after = givableVerbs(
    present.filter(each => each.id !== id),
    now,
  );
  const lost = [...givableVerbs(present, now)].filter(verb => !after.has(verb));
  if (lost.length === 0) return;
  throw new Refused(
    409,
    'LAST_GRANT',
    'Nobody could give these rights everywhere any more: nothing was taken away. Give them to somebody else first, or name who begins in `admins`.',
    { details: { verbs: lost } },
  );
}

/** One that has ended is no longer among those that hold, and may be taken away even so. */
async function findGrant(parts: StoreParts, id: number): Promise<Grant | undefined> {
  for (let cursor: string | undefined; ; ) {
    const page = await parts.grants.list({ limit: 1_000, cursor });
    const found = page.items.find(each => each.id === id);
    if (found) return grantOf(parts, found);
    if (page.cursor === undefined) return undefined;
    cursor = page.cursor;
  }
}

function grantOf(parts: StoreParts, row: StoredGrant): Grant {
  return presentGrant(parts, toGrant(row));
}

function presentGrants(parts: StoreParts, rows: readonly StoredGrant[]): readonly Grant[] {
  return parts.rights.with(rows.map(row => grantOf(parts, row)));
}

function identityOf({ principal, via }: Call, reason: string | undefined) {
  return defined({ actor: principal.id, reason, via });
}
