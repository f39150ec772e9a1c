import type { GroupOptions, StoredGroups, WriteResult } from '@tenantry/mikro-orm';
import { type Scope, TenantryError } from '@tenantry/protocol';
import type { Call } from '../../calls/call.ts';
import { defined, type StoreParts } from '../../calls/handler-parts.ts';
import { etagOf, matchesRecord, triesOf } from '../../http/etag.ts';
import { forbidden, Refused } from '../../http/refused.ts';

/** What `If-Match` names: the groups of one scope. */
export function groupsRecord(scope: Scope): string {
  return `${scope} @groups`;
}

/** What a change of groups says. */
interface GroupsChange {
  readonly groups: readonly string[];
  readonly reason: string | undefined;
}

/** Changes the groups of the call's scope, where they are still as the caller has seen them. */
export async function writeGroups(
  { store }: StoreParts,
  call: Call,
  { groups, reason }: GroupsChange,
  work: (options: GroupOptions) => Promise<WriteResult>,
): Promise<{ readonly etag: string }> {
  const { scope, principal, via, request } = call;
  const identity = defined({ actor: principal.id, reason, via });
  for (let tries = triesOf(request); ; tries--) {
    const present = (await store.stored.groups([scope])).get(scope);
    if (!isMet(request, scope, present)) throw conflict(present);
    // A scope that is in a group that the caller may not see may stay there.
    checkJoined(
      call,
      groups.filter(group => !present?.groups?.includes(group)),
    );
    try {
      const written = await store.runAs(identity, () => work({ ifVersion: present?.version ?? 0 }));
      return { etag: etagOf(groupsRecord(scope), written.version) };
    } catch (error) {
      if (!(error instanceof TenantryError && error.code === 'CONFLICT')) throw error;
      if (tries <= 1) throw conflict((await store.stored.groups([scope])).get(scope));
    }
  }
}

/**
 * Whether the caller may put a scope into these groups: whoever sees the scope's values then sees those of the groups. `UNKNOWN_GROUP`, and
 * `FORBIDDEN` where the caller may see that there is such a group, and not all of its values.
 */
export function checkJoined(call: Pick<Call, 'may'>, groups: readonly string[]): void {
  const unseen = groups.filter(group => !call.may('list', `groups/${group}`, undefined));
  if (unseen.length > 0)
    throw new Refused(422, 'UNKNOWN_GROUP', 'There is no such group, or you may not see it: nothing was written.', {
      details: { groups: unseen },
    });
  if (!groups.every(group => call.may('view', `groups/${group}`, '@groups'))) throw forbidden('view');
}

function isMet(request: Request, scope: Scope, present: StoredGroups | undefined): boolean {
  const isThere = present?.groups !== undefined;
  const match = request.headers.get('if-match');
  if (match !== null && !matchesRecord(match, groupsRecord(scope), present?.version ?? 0, isThere)) return false;
  return request.headers.get('if-none-match') !== '*' || !isThere;
}

function conflict(present: StoredGroups | undefined): Refused {
  return new Refused(412, 'CONFLICT', 'The groups are others by now: nothing was written.', {
    details: { currentVersion: present?.version ?? 0 },
    current: { groups: present?.groups ?? [] },
  });
}
