import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AddressOf } from '../address/address.ts';
import { Count } from '../parts/count.tsx';
import { Go, ScopeLink, useGo, withQuery } from '../parts/go.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useApp } from '../state/app.ts';
import { useListing } from '../state/hooks.ts';
import { RecordPanel } from './record-panel.tsx';

type RecordsAddress = AddressOf<'records'>;

/** What Redis has of an entity's rows, to be looked at: the application changes them. */
export function RecordsPage({ at }: { readonly at: RecordsAddress }): JSX.Element {
  const { follow } = useApp();
  const { scope, entity } = at;
  // A table may change all the time: it is asked again, and not at each row.
  useEffect(() => follow([]), []);
  const listing = useListing('records.list', { names: { scope, entity } });
  const { list, problem, shown, retry } = listing;
  const { record } = at.query;
  return (
    <div class="list-page">
      <header class="page-head">
        <p class="crumbs">
          <ScopeLink scope={scope} /> <span aria-hidden="true">/</span>
        </p>
        <h1 tabIndex={-1}>{entity}</h1>
        <p class="quiet">What Redis has of its rows. Your application changes them.</p>
      </header>
      <div class="filters">
        <OpenById at={at} />
        <Count listing={listing} />
      </div>
      {record !== undefined && <RecordPanel key={record} at={at} record={record} />}
      {problem && list.items.length === 0 && <ProblemBox problem={problem} retry={retry} />}
      {list.items.length === 0 && !problem && list.state === 'loading' && <Waiting />}
      {list.items.length === 0 && list.state === 'complete' && (
        <Empty title="Redis has no record of it in this scope.">
          <p>A record is here once its row was written, or the table was brought to Redis as a whole.</p>
        </Empty>
      )}
      {list.items.length > 0 && (
        <VirtualRows
          label={`Records of ${entity}`}
          columns={3}
          rows={list.items}
          keyOf={({ id }) => id}
          shown={shown}
          head={
            <>
              <th scope="col">Record</th>
              <th scope="col" class="narrow">
                Version
              </th>
              <th scope="col">Keys</th>
            </>
          }
          row={({ id, version, keys }) => (
            <>
              <th scope="row">
                <Go to={withQuery(at, { record: id })} current={id === record}>
                  {id}
                </Go>
              </th>
              <td class="number">v{version}</td>
              <td>
                <code>{keys.join('  ')}</code>
              </td>
            </>
          )}
        />
      )}
    </div>
  );
}

/** There may be millions: whoever has an id need not look for it. */
function OpenById({ at }: { readonly at: RecordsAddress }): JSX.Element {
  const go = useGo();
  const open = (event: Event): void => {
    event.preventDefault();
    const id = new FormData(event.currentTarget as HTMLFormElement).get('id');
    if (typeof id === 'string' && id.trim() !== '') go(withQuery(at, { record: id.trim() }));
  };
  return (
    <form class="filters by-id" onSubmit={open}>
      <label>
        <span class="sr">Id of a record</span>
        <input type="text" name="id" placeholder="Id of a record" required autocomplete="off" data-search="" />
      </label>
      <button type="submit">Open</button>
    </form>
  );
}
