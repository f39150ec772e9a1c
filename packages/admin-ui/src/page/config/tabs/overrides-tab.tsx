import type { JSX } from 'preact';
import { type AddressOf, isScope } from '../../address/address.ts';
import { treeOf } from '../../form-model/editing.ts';
import { valueAt } from '../../json/json-tree.ts';
import { pathOf } from '../../json/pointer.ts';
import { printShort } from '../../json/print-json.ts';
import { Go, ScopeText } from '../../parts/go.tsx';
import { Empty, ProblemBox, Waiting } from '../../parts/quiet.tsx';
import { SearchBox } from '../../parts/search-box.tsx';
import { VirtualRows } from '../../parts/virtual-rows.tsx';
import { useListing } from '../../state/hooks.ts';
import type { ConfigView } from '../edit/use-config.ts';

interface OverridesTabProps {
  readonly view: ConfigView;
  readonly at: AddressOf<'config'>;
}

/** The scopes below that say something of their own, of all of it or of one path. */
export function OverridesTab({ view, at }: OverridesTabProps): JSX.Element {
  const { scope, config } = view;
  const path = at.query.path ?? '';
  const query = { path: path.startsWith('/') ? path : undefined };
  const { list, problem, shown, retry } = useListing('configs.overrides', { names: { scope, config }, query });
  return (
    <section class="list-page" aria-label="Overrides">
      <div class="filters">
        <SearchBox at={at} name="path" label="Path, such as /limits/seats" />
      </div>
      {problem && <ProblemBox problem={problem} retry={retry} />}
      {list.items.length === 0 &&
        !problem &&
        (list.state === 'loading' ? <Waiting /> : <Empty title="Nobody overrides it." />)}
      {list.items.length > 0 && (
        <VirtualRows
          label="Scopes that override it"
          columns={3}
          rows={list.items}
          keyOf={({ scope: of }) => of}
          shown={shown}
          head={
            <>
              <th scope="col">Scope</th>
              <th scope="col">Version</th>
              <th scope="col">Value</th>
            </>
          }
          row={({ scope: of, version, json }) => (
            <>
              <th scope="row">
                {isScope(of) && (
                  <Go to={{ page: 'config', scope: of, config, query: {} }}>
                    <ScopeText scope={of} />
                  </Go>
                )}
              </th>
              <td>v{version}</td>
              <td class="wide">
                <code>{printShort(valueAt(treeOf(json), pathOf(path)))}</code>
              </td>
            </>
          )}
        />
      )}
    </section>
  );
}
