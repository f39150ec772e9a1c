import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Confirm } from '../parts/dialog.tsx';
import { useGo } from '../parts/go.tsx';
import { GroupChips } from '../parts/group-chips.tsx';
import { useApp } from '../state/app.ts';
import { useAnswer } from '../state/hooks.ts';
import { GroupsDialog } from './groups-dialog.tsx';
import { GROUPS } from './groups-right.ts';

/** The groups that a group is in itself, and its end. */
export function GroupHead({ group }: { readonly group: string }): JSX.Element {
  const { can, does, api, notices } = useApp();
  const go = useGo();
  const { answer, etag, reload } = useAnswer('groups.get', { names: { group } });
  const open = useSignal<'groups' | 'delete' | undefined>(undefined);
  const remove = async (reason: string | undefined): Promise<void> => {
    try {
      await api.write('groups.delete', { names: { group }, query: { reason }, ifMatch: etag });
      notices.good(`The group ${group} is gone.`);
      go({ page: 'groups', query: {} });
    } catch (error) {
      notices.bad((error as Error).message);
    }
  };
  if (answer === undefined) return <div class="facts" />;
  return (
    <div class="facts">
      <span>{answer.members === 1 ? '1 member' : `${answer.members.toLocaleString()} members`}</span>
      <span>
        <span class="quiet">is itself in</span> <GroupChips names={answer.groups} />
      </span>
      {can('edit', `groups/${group}`, GROUPS) && does('groups.set') && (
        <>
          <button
            type="button"
            class="link-button"
            onClick={() => {
              open.value = 'groups';
            }}
          >
            Change its groups…
          </button>
          {answer.members === 0 && (
            <button
              type="button"
              class="link-button"
              onClick={() => {
                open.value = 'delete';
              }}
            >
              Delete…
            </button>
          )}
        </>
      )}
      {open.value === 'groups' && (
        <GroupsDialog
          {...{
            title: `Groups of the group ${group}`,
            groups: answer.groups,
            route: 'groups.set',
            names: { group },
            etag,
          }}
          close={() => {
            open.value = undefined;
            reload();
          }}
        />
      )}
      {open.value === 'delete' && (
        <Confirm
          title={`Delete the group ${group}?`}
          text={<p>Nobody is in it. Its history is kept.</p>}
          action="Delete"
          reason="may"
          dangerous
          close={() => {
            open.value = undefined;
          }}
          act={reason => void remove(reason)}
        />
      )}
    </div>
  );
}
