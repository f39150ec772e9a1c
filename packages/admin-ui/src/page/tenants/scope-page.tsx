import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type AddressOf, scopeName } from '../address/address.ts';
import { GroupHead } from '../groups/group-head.tsx';
import { MembersTab } from '../groups/members-tab.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { useApp } from '../state/app.ts';
import { ConfigList } from './config-list.tsx';
import { TenantHead } from './tenant-head.tsx';

/** One scope: its place among the others, and its configs. */
export function ScopePage({ at }: { readonly at: AddressOf<'scope'> }): JSX.Element {
  const { follow } = useApp();
  const { scope } = at;
  useEffect(() => follow([scope]), [scope]);
  const isGroup = scope.startsWith('groups/');
  return (
    <div class="list-page">
      <PageHead
        title={
          <>
            <Icon name={scope === 'global' ? 'global' : isGroup ? 'group' : 'tenant'} /> {scopeName(scope)}
          </>
        }
      >
        {scope === 'global' && <p class="quiet">What holds for every tenant that says nothing else.</p>}
        {isGroup && <GroupHead key={scope} group={scopeName(scope)} />}
        {scope.startsWith('tenants/') && <TenantHead key={scope} tenant={scopeName(scope)} />}
      </PageHead>
      {isGroup && (
        <Tabs
          label="Views of this group"
          at={at}
          first="configs"
          tabs={[
            ['configs', 'Configs'],
            ['members', 'Members'],
          ]}
        />
      )}
      {isGroup && at.query.tab === 'members' ? <MembersTab group={scopeName(scope)} /> : <ConfigList at={at} />}
    </div>
  );
}
