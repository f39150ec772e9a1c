import type { JSX } from 'preact';
import type { Address } from '../address/address.ts';
import { ConfigPage } from '../config/config-page.tsx';
import { Go } from '../parts/go.tsx';
import { later } from '../parts/later.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty } from '../parts/quiet.tsx';
import { ScopePage } from '../tenants/scope-page.tsx';
import { TenantsPage } from '../tenants/tenants-page.tsx';

// Most people come for a value: what few look at is not in what all load first.
const load = () => import('./rest-of-pages.ts');
const AuditPage = later(async () => (await load()).AuditPage);
const DefinitionsPage = later(async () => (await load()).DefinitionsPage);
const GrantsPage = later(async () => (await load()).GrantsPage);
const GroupsPage = later(async () => (await load()).GroupsPage);
const MatrixPage = later(async () => (await load()).MatrixPage);
const OperationsPage = later(async () => (await load()).OperationsPage);
const RecordsPage = later(async () => (await load()).RecordsPage);

/** Loads the rest of the pages behind what is shown. */
export function loadTheRest(): void {
  for (const page of [AuditPage, DefinitionsPage, GrantsPage, GroupsPage, MatrixPage, OperationsPage, RecordsPage])
    page.load().catch(() => {});
  import('../config/rest-of-config.ts').catch(() => {});
  import('../tenants/rest-of-scope.ts').catch(() => {});
}

/** The page of an address. */
export function PageOf({ at }: { readonly at: Address }): JSX.Element {
  switch (at.page) {
    case 'tenants':
      return <TenantsPage at={at} />;
    case 'scope':
      return <ScopePage key={at.scope} at={at} />;
    case 'config':
      return <ConfigPage key={`${at.scope} ${at.config}`} at={at} />;
    case 'matrix':
      return <MatrixPage key={at.config} at={at} />;
    case 'records':
      return <RecordsPage key={`${at.scope} ${at.entity}`} at={at} />;
    case 'configs':
      return <DefinitionsPage at={at} />;
    case 'groups':
      return <GroupsPage at={at} />;
    case 'operations':
      return <OperationsPage at={at} />;
    case 'audit':
      return <AuditPage at={at} />;
    case 'grants':
      return <GrantsPage at={at} />;
    default:
      return (
        <>
          <PageHead title="There is no such page" />
          <Empty title="The address leads nowhere.">
            <Go to={{ page: 'tenants', query: {} }}>To the tenants</Go>
          </Empty>
        </>
      );
  }
}
