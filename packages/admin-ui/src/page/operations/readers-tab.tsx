import type { JSX } from 'preact';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { Span, When } from '../parts/time/when.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useListing } from '../state/hooks.ts';

/** The processes that read, as Redis knows them. */
export function ReadersTab(): JSX.Element {
  const { list, problem, shown, retry } = useListing('readers.list', {});
  if (problem && list.items.length === 0) return <ProblemBox problem={problem} retry={retry} />;
  if (list.items.length === 0)
    return list.state === 'loading' ? <Waiting /> : <Empty title="No reader is connected." />;
  return (
    <VirtualRows
      label="Readers"
      columns={5}
      rows={list.items}
      keyOf={({ id }) => id}
      shown={shown}
      head={['Reader', 'Address', 'Feeds', 'Connected', 'Idle for'].map(text => (
        <th scope="col" key={text}>
          {text}
        </th>
      ))}
      row={({ id, name, address, feeds, connectedAt, idleMs }) => (
        <>
          <th scope="row">{name ?? id}</th>
          <td>{address}</td>
          <td class="number">{feeds}</td>
          <td>
            <When at={connectedAt} />
          </td>
          <td>{idleMs !== undefined && <Span ms={idleMs} />}</td>
        </>
      )}
    />
  );
}
