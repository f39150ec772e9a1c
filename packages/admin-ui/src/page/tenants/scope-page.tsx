import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type AddressOf, type ScopeText, scopeName } from '../address/address.ts';
import type { AnswerOf } from '../api/request.ts';
import { Icon } from '../parts/icon.tsx';
import { later } from '../parts/later.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { useApp } from '../state/app.ts';
import { useAnswer } from '../state/hooks.ts';
import { ConfigList } from './config-list.tsx';
import { CopyButton } from './copy-button.tsx';
import { TenantHead } from './tenant-head.tsx';

const load = () => import('./rest-of-scope.ts');
const EntitiesTab = later(async () => (await load()).EntitiesTab);
const GroupHead = later(async () => (await load()).GroupHead);
const MembersTab = later(async () => (await load()).MembersTab);

/** One scope: its place among the others, and its configs. */
export function ScopePage({ at }: { readonly at: AddressOf<'scope'> }): JSX.Element {
  const { follow } = useApp();
  const { scope } = at;
  useEffect(() => follow([scope]), [scope]);
  const isGroup = scope.startsWith('groups/');
  const entities = useEntities(scope);
  const more = isGroup ? MEMBERS : entities.length > 0 ? RECORDS : [];
  const tab = more.find(([name]) => name === at.query.tab)?.[0];
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
        {tab === undefined && <CopyButton scope={scope} />}
      </PageHead>
      {more.length > 0 && (
        <Tabs
          label={`Views of this ${isGroup ? 'group' : 'scope'}`}
          at={at}
          first="configs"
          tabs={[['configs', 'Configs'], ...more]}
        />
      )}
      {tab === 'members' && <MembersTab group={scopeName(scope)} />}
      {tab === 'records' && <EntitiesTab scope={scope} entities={entities} />}
      {tab === undefined && <ConfigList at={at} />}
    </div>
  );
}

const MEMBERS = [['members', 'Members']] as const;
const RECORDS = [['records', 'Records']] as const;

/** Those of which this scope can have records, and the caller may see them. */
function useEntities(scope: ScopeText): AnswerOf<'entities.list'>['items'] {
  const { can } = useApp();
  const { answer } = useAnswer('entities.list');
  const isTenant = scope.startsWith('tenants/');
  if (!isTenant && scope !== 'global') return [];
  return (answer?.items ?? []).filter(
    ({ definition, perTenant }) => perTenant === isTenant && can('list', scope, definition),
  );
}
