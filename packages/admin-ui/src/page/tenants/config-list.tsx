import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AddressOf } from '../address/address.ts';
import { Go, ScopeText } from '../parts/go.tsx';
import { Badge, FlagMarks, StateMark } from '../parts/marks.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { When } from '../parts/time/when.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useApp } from '../state/app.ts';
import { type Listing, useListing } from '../state/hooks.ts';
import { ConfigFilters } from './config-filters.tsx';
import { groupedRows, type ListedConfig, type ListRow } from './config-groups.ts';

type ScopeAddress = AddressOf<'scope'>;

/** The configs of a scope: what each is worth there, and where that comes from. */
export function ConfigList({ at }: { readonly at: ScopeAddress }): JSX.Element {
  const { scope } = at;
  const { search, value, group, state, dirty } = at.query;
  const listing = useListing('configs.list', { names: { scope }, query: { search, value, group, state, dirty } });
  return (
    <>
      <ConfigFilters at={at} listing={listing} />
      <Rows at={at} listing={listing} />
    </>
  );
}

function Rows({ at, listing }: { readonly at: ScopeAddress; readonly listing: Listing<ListedConfig> }): JSX.Element {
  const { list, problem, shown, retry } = listing;
  // Only when all of them are there: a heading whose rows come later would jump.
  const isWhole = list.state === 'complete';
  const rows = useMemo(
    () =>
      isWhole ? groupedRows(list.items) : list.items.map((config): ListRow => ({ kind: 'config', group: '', config })),
    [list.items, isWhole],
  );
  if (problem && list.items.length === 0) return <ProblemBox problem={problem} retry={retry} />;
  if (list.items.length === 0) {
    if (list.state === 'loading') return <Waiting />;
    const isFiltered = Object.keys(at.query).some(name => name !== 'tab');
    return isFiltered ? (
      <Empty title="No config is like that.">
        <Go to={{ ...at, query: {} }}>Show all of them</Go>
      </Empty>
    ) : (
      <Empty title="No config is registered that you may see here." />
    );
  }
  return (
    <VirtualRows
      label="Configs"
      columns={4}
      rows={rows}
      keyOf={row => (row.kind === 'group' ? `group ${row.group}` : `config ${row.config.name}`)}
      shown={shown}
      head={
        <>
          <th scope="col">Config</th>
          <th scope="col" class="wide">
            Value
          </th>
          <th scope="col">From</th>
          <th scope="col" class="rare">
            Changed
          </th>
        </>
      }
      row={row => (row.kind === 'group' ? <GroupCells {...row} /> : <ConfigCells at={at} config={row.config} />)}
    />
  );
}

function GroupCells({ group, count }: { readonly group: string; readonly count: number }): JSX.Element {
  return (
    <th scope="rowgroup" colSpan={4} class="group-row">
      {group === '' ? 'Without a group' : group} <span class="quiet">{count}</span>
    </th>
  );
}

function ConfigCells({ at, config }: { readonly at: ScopeAddress; readonly config: ListedConfig }): JSX.Element {
  const { drafts } = useApp();
  const editing = drafts.of(at.scope, config.name).value;
  const isEdited = drafts.open.value > 0 && editing !== undefined;
  return (
    <>
      <th scope="row">
        <Go to={{ page: 'config', scope: at.scope, config: config.name, query: {} }}>{config.name}</Go>{' '}
        <FlagMarks dirty={config.dirty} behind={config.behind} secret={config.secret} />
        {isEdited && <Badge icon="warning" text="your draft" />}
      </th>
      <td class="wide">{config.preview !== undefined && <code>{config.preview}</code>}</td>
      <td>
        <StateMark state={config.state} />
        {config.state === 'inherited' && config.from !== undefined && (
          <span class="quiet">
            {' '}
            <ScopeText scope={config.from} />
          </span>
        )}
      </td>
      <td class="rare">
        {config.version > 0 && <span>v{config.version} </span>}
        <When at={config.updatedAt} /> {config.updatedBy && <span class="quiet">{config.updatedBy}</span>}
      </td>
    </>
  );
}
