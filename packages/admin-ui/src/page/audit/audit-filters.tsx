import type { JSX } from 'preact';
import type { AddressOf } from '../address/address.ts';
import { Go, useGo, withQuery } from '../parts/go.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { useApp } from '../state/app.ts';

type AuditAddress = AddressOf<'audit'>;

/** Every filter stands in the address. */
export function AuditFilters({ at }: { readonly at: AuditAddress }): JSX.Element {
  const { me } = useApp();
  const mine = me.value?.id;
  return (
    <div class="filters">
      <SearchBox at={at} name="scope" label="Scope" />
      <SearchBox at={at} name="config" label="Config" />
      <SearchBox at={at} name="actor" label="Who" />
      <SearchBox at={at} name="action" label="Did what" />
      <Day at={at} name="since" label="From" />
      <Day at={at} name="until" label="To" />
      {mine !== undefined && at.query.actor !== mine && <Go to={withQuery(at, { actor: mine })}>My changes</Go>}
      {Object.keys(at.query).length > 0 && <Go to={{ page: 'audit', query: {} }}>Everything</Go>}
    </div>
  );
}

function Day({
  at,
  name,
  label,
}: {
  readonly at: AuditAddress;
  readonly name: string;
  readonly label: string;
}): JSX.Element {
  const go = useGo();
  return (
    <label class="day">
      <span>{label}</span>
      <input
        type="date"
        value={at.query[name] ?? ''}
        onChange={({ currentTarget }) => go(withQuery(at, { [name]: currentTarget.value }), true)}
      />
    </label>
  );
}
