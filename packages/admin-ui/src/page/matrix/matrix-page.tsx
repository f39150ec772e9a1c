import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type AddressOf, isScope } from '../address/address.ts';
import { treeOf } from '../form-model/editing.ts';
import { printShort } from '../json/print-json.ts';
import { Count } from '../parts/count.tsx';
import { Go, ScopeText } from '../parts/go.tsx';
import { FlagMarks, StateMark } from '../parts/marks.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useApp } from '../state/app.ts';
import { useAnswer, useListing } from '../state/hooks.ts';

/** One config over all scopes: who says something, and what it comes to. */
export function MatrixPage({ at }: { readonly at: AddressOf<'matrix'> }): JSX.Element {
  const { follow } = useApp();
  useEffect(() => follow([]), []);
  const { config } = at;
  const { answer: definition } = useAnswer('definitions.get', { names: { config } });
  const listing = useListing('configs.matrix', { names: { config }, query: { search: at.query.search } });
  const { list, problem, shown, retry } = listing;
  return (
    <div class="list-page">
      <PageHead title={config}>
        <div class="facts">
          <FlagMarks secret={definition?.secret === true} />
          {definition?.defaultJson !== undefined && (
            <span>
              <span class="quiet">default</span> <code>{printShort(treeOf(definition.defaultJson))}</code>
            </span>
          )}
        </div>
      </PageHead>
      <div class="filters">
        <SearchBox label="Search scopes" at={at} />
        <Count listing={listing} />
      </div>
      {problem && <ProblemBox problem={problem} retry={retry} />}
      {list.items.length === 0 &&
        !problem &&
        (list.state === 'loading' ? <Waiting /> : <Empty title="No scope is like that." />)}
      {list.items.length > 0 && (
        <VirtualRows
          label={`${config} over scopes`}
          columns={4}
          rows={list.items}
          keyOf={({ scope }) => scope}
          shown={shown}
          head={
            <>
              <th scope="col">Scope</th>
              <th scope="col">State</th>
              <th scope="col" class="broad">
                Says
              </th>
              <th scope="col" class="broad">
                Readers get
              </th>
            </>
          }
          row={({ scope, state, version, json, effectiveJson }) => (
            <>
              <th scope="row">
                {isScope(scope) && (
                  <Go to={{ page: 'config', scope, config, query: {} }}>
                    <ScopeText scope={scope} />
                  </Go>
                )}
              </th>
              <td>
                <StateMark state={state} /> {version > 0 && <span class="quiet">v{version}</span>}
              </td>
              <td class="wide">{json !== undefined && <code>{printShort(treeOf(json))}</code>}</td>
              <td class="wide">{effectiveJson !== undefined && <code>{printShort(treeOf(effectiveJson))}</code>}</td>
            </>
          )}
        />
      )}
    </div>
  );
}
