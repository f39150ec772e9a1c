import type { JSX } from 'preact';
import { ScopeLink } from '../parts/go.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useListing } from '../state/hooks.ts';

/** Who is in a group: tenants, and groups. */
export function MembersTab({ group }: { readonly group: string }): JSX.Element {
  const { list, problem, shown, retry } = useListing('groups.members', { names: { group } });
  if (problem && list.items.length === 0) return <ProblemBox problem={problem} retry={retry} />;
  if (list.items.length === 0)
    return list.state === 'loading' ? (
      <Waiting />
    ) : (
      <Empty title="Nobody is in this group.">
        <p>A tenant joins on its own page: “Change its groups”.</p>
      </Empty>
    );
  return (
    <VirtualRows
      label="Members"
      columns={1}
      rows={list.items}
      keyOf={({ scope }) => scope}
      shown={shown}
      head={<th scope="col">Member</th>}
      row={({ scope }) => (
        <th scope="row">
          <ScopeLink scope={scope} />
        </th>
      )}
    />
  );
}
