import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AddressOf } from '../address/address.ts';
import { Count } from '../parts/count.tsx';
import { Go } from '../parts/go.tsx';
import { FlagMarks } from '../parts/marks.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useApp } from '../state/app.ts';
import { useListing } from '../state/hooks.ts';

const INHERIT: Readonly<Record<string, string>> = {
  none: 'is not inherited',
  replace: 'the nearest scope wins',
  merge: 'merged by field',
};

/** Every config that is registered, whatever the scope. */
export function DefinitionsPage({ at }: { readonly at: AddressOf<'configs'> }): JSX.Element {
  const { follow } = useApp();
  useEffect(() => follow([]), []);
  const { search } = at.query;
  const listing = useListing('definitions.list', { query: { search } });
  const { list, problem, shown, retry } = listing;
  return (
    <div class="list-page">
      <PageHead title="Configs" />
      <div class="filters">
        <SearchBox label="Search configs" at={at} />
        <Count listing={listing} />
      </div>
      {problem && <ProblemBox problem={problem} retry={retry} />}
      {list.items.length === 0 && !problem && list.state === 'loading' && <Waiting />}
      {list.items.length === 0 && list.state === 'complete' && (
        <Empty
          title={search ? `No config has “${search}” in its name.` : 'No config is registered that you may see.'}
        />
      )}
      {list.items.length > 0 && (
        <VirtualRows
          label="Configs"
          columns={4}
          rows={list.items}
          keyOf={({ name }) => name}
          shown={shown}
          head={
            <>
              <th scope="col">Config</th>
              <th scope="col">Groups</th>
              <th scope="col">Across scopes</th>
              <th scope="col" class="rare">
                Written
              </th>
            </>
          }
          row={({ name, groups, inherit, secret, writePolicy, aliases }) => (
            <>
              <th scope="row">
                <Go to={{ page: 'matrix', config: name, query: {} }}>{name}</Go> <FlagMarks secret={secret} />
                {aliases.length > 0 && <span class="quiet"> was {aliases.join(', ')}</span>}
              </th>
              <td>{groups.join(', ')}</td>
              <td>{INHERIT[inherit] ?? inherit}</td>
              <td class="rare">{writePolicy}</td>
            </>
          )}
        />
      )}
    </div>
  );
}
