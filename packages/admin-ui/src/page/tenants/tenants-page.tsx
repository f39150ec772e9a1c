import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AddressOf } from '../address/address.ts';
import type { AnswerOf } from '../api/request.ts';
import { Count } from '../parts/count.tsx';
import { Go, ScopeText } from '../parts/go.tsx';
import { GroupChips } from '../parts/group-chips.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useApp } from '../state/app.ts';
import { type Listing, useListing } from '../state/hooks.ts';

type TenantRow = AnswerOf<'tenants.list'>['items'][number];

/** All tenants that one may see; the server searches. */
export function TenantsPage({ at }: { readonly at: AddressOf<'tenants'> }): JSX.Element {
  const { follow, can } = useApp();
  useEffect(() => follow([]), []);
  const { search } = at.query;
  const listing = useListing('tenants.list', { query: { search } });
  return (
    <div class="list-page">
      <PageHead title="Tenants">
        <p class="page-links">
          {can('list', 'global') && (
            <Go to={{ page: 'scope', scope: 'global', query: {} }}>
              <ScopeText scope="global" /> <span class="quiet">what holds for all</span>
            </Go>
          )}
        </p>
      </PageHead>
      <div class="filters">
        <SearchBox label="Search tenants" at={at} />
        <Count listing={listing} />
      </div>
      <Rows listing={listing} search={search} />
    </div>
  );
}

function Rows({ listing, search }: { listing: Listing<TenantRow>; search: string | undefined }): JSX.Element {
  const { list, problem, shown, retry } = listing;
  if (problem && list.items.length === 0) return <ProblemBox problem={problem} retry={retry} />;
  if (list.items.length === 0) {
    if (list.state === 'loading') return <Waiting />;
    return search ? (
      <Empty title={`No tenant has “${search}” in its name.`}>
        <p>Only tenants that you may see are searched.</p>
      </Empty>
    ) : (
      <Empty title="There is no tenant yet.">
        <p>A tenant is here as soon as something is set for it, or it is in a group.</p>
      </Empty>
    );
  }
  return (
    <VirtualRows
      label="Tenants"
      columns={2}
      rows={list.items}
      keyOf={({ id }) => id}
      shown={shown}
      head={
        <>
          <th scope="col">Tenant</th>
          <th scope="col">Groups, the nearest first</th>
        </>
      }
      row={({ id, groups }) => (
        <>
          <th scope="row">
            <Go to={{ page: 'scope', scope: `tenants/${id}`, query: {} }}>{id}</Go>
          </th>
          <td>
            <GroupChips names={groups} />
          </td>
        </>
      )}
    />
  );
}
