import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AddressOf } from '../address/address.ts';
import { Count } from '../parts/count.tsx';
import { Go } from '../parts/go.tsx';
import { GroupChips } from '../parts/group-chips.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useApp } from '../state/app.ts';
import { useListing } from '../state/hooks.ts';
import { GROUPS } from './groups-right.ts';
import { NewGroupDialog } from './new-group-dialog.tsx';

/** The groups of tenants. */
export function GroupsPage({ at }: { readonly at: AddressOf<'groups'> }): JSX.Element {
  const { follow, canAnywhere, does } = useApp();
  useEffect(() => follow([]), []);
  const isNew = useSignal(false);
  const { search } = at.query;
  const listing = useListing('groups.list', { query: { search } });
  const { list, problem, shown, retry } = listing;
  return (
    <div class="list-page">
      <PageHead title="Groups of tenants">
        {canAnywhere('edit', GROUPS) && does('groups.set') && (
          <p class="page-links">
            <button
              type="button"
              onClick={() => {
                isNew.value = true;
              }}
            >
              New group…
            </button>
          </p>
        )}
      </PageHead>
      <div class="filters">
        <SearchBox label="Search groups" at={at} />
        <Count listing={listing} />
      </div>
      {problem && <ProblemBox problem={problem} retry={retry} />}
      {list.items.length === 0 && !problem && list.state === 'loading' && <Waiting />}
      {list.items.length === 0 && list.state === 'complete' && (
        <Empty title={search ? `No group has “${search}” in its name.` : 'There is no group yet.'}>
          <p>A group says something for all tenants that are in it.</p>
        </Empty>
      )}
      {list.items.length > 0 && (
        <VirtualRows
          label="Groups"
          columns={3}
          rows={list.items}
          keyOf={({ name }) => name}
          shown={shown}
          head={
            <>
              <th scope="col">Group</th>
              <th scope="col">Members</th>
              <th scope="col">Is itself in, the nearest first</th>
            </>
          }
          row={({ name, groups, members }) => (
            <>
              <th scope="row">
                <Go to={{ page: 'scope', scope: `groups/${name}`, query: {} }}>{name}</Go>
              </th>
              <td class="number">{members.toLocaleString()}</td>
              <td>
                <GroupChips names={groups} />
              </td>
            </>
          )}
        />
      )}
      {isNew.value && (
        <NewGroupDialog
          close={() => {
            isNew.value = false;
          }}
        />
      )}
    </div>
  );
}
