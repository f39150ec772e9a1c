import type { BodyOf } from '@tenantry/admin-api';
import type { Answered, Api } from '../connection/api.ts';
import { EXIT, type ExitCode } from '../failures/exit-codes.ts';
import { Failure } from '../failures/failure.ts';
import type { Invocation } from '../program/invocation.ts';
import type { Given } from '../program/options.ts';
import { sayPreview } from './preview-change.ts';
import type { GROUPS_OPTIONS } from './write-options.ts';

/** The groups that a tenant or a group is to be in. */
export interface GroupsWrite {
  readonly scope: string;
  /** What was read; undefined: the group is to be made. */
  readonly present: readonly string[] | undefined;
  readonly groups: readonly string[];
  readonly etag: string | undefined;
  write(
    body: BodyOf<'groups.set'>,
    ifMatch: string | undefined,
  ): Promise<Answered<'groups.set'> | Answered<'tenants.setGroups'>>;
}

/** Writes the groups of a scope where nobody has changed them since they were read. What is so already is not written. */
export async function writeGroups(
  { options, out }: Invocation<unknown, Given<typeof GROUPS_OPTIONS>>,
  api: Api,
  { scope, present, groups, etag, write }: GroupsWrite,
): Promise<ExitCode> {
  const list = groups.join(' ') || 'none';
  if (present && JSON.stringify(present) === JSON.stringify(groups)) {
    await out.one({ scope, groups, changed: false }, `${scope}: unchanged, groups ${list}`);
    return EXIT.done;
  }
  if (options.dryRun) {
    if (present) {
      // That values change is one thing, and that the groups do another: 2 in any case.
      await sayPreview(out, api, [{ scope, groups: [...groups] }]);
    } else await out.one({ scope, groups, changed: true, dryRun: true }, `${scope}: would be made, groups ${list}`);
    return EXIT.wouldChange;
  }
  const body = { groups: [...groups], ...(options.reason !== undefined && { reason: options.reason }) };
  const { answer } = await write(body, etag).catch(error => {
    if (!(error instanceof Failure && error.code === 'CONFLICT')) throw error;
    throw new Failure('CONFLICT', `The groups of ${scope} were changed after they were read: nothing was written.`);
  });
  await out.one({ scope, ...answer, changed: true }, `${scope}: groups ${answer.groups.join(' ') || 'none'}`);
  return EXIT.done;
}
