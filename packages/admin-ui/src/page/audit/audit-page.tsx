import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type AddressOf, isScope } from '../address/address.ts';
import type { AnswerOf } from '../api/request.ts';
import { Go, ScopeLink } from '../parts/go.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { When } from '../parts/time/when.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useApp } from '../state/app.ts';
import { useListing } from '../state/hooks.ts';
import { AuditFilters } from './audit-filters.tsx';
import { auditQuery } from './audit-query.ts';
import { diffText } from './diff-text.ts';

type Entry = AnswerOf<'audit.list'>['items'][number];
type AuditAddress = AddressOf<'audit'>;

/** Who did what, newest first. */
export function AuditPage({ at }: { readonly at: AuditAddress }): JSX.Element {
  const { follow, api } = useApp();
  useEffect(() => follow([]), []);
  const query = auditQuery(at.query);
  const { list, problem, shown, retry } = useListing('audit.list', { query });
  return (
    <div class="list-page">
      <PageHead title="Audit log">
        <p class="page-links">
          <a href={api.address('audit.export', { query })} download="audit.ndjson">
            <Icon name="down" /> Export as NDJSON
          </a>
        </p>
      </PageHead>
      <AuditFilters at={at} />
      {problem && <ProblemBox problem={problem} retry={retry} />}
      {list.items.length === 0 && !problem && list.state === 'loading' && <Waiting />}
      {list.items.length === 0 && list.state === 'complete' && (
        <Empty
          title={
            Object.keys(at.query).length > 0 ? 'Nothing like that was done.' : 'Nothing is in the log that you may see.'
          }
        />
      )}
      {list.items.length > 0 && (
        <VirtualRows
          label="Audit log"
          columns={5}
          rows={list.items}
          keyOf={({ id }) => id}
          shown={shown}
          head={
            <>
              <th scope="col" class="narrow">
                When
              </th>
              <th scope="col">Who</th>
              <th scope="col" class="narrow">
                Did
              </th>
              <th scope="col" class="broad">
                To
              </th>
              <th scope="col" class="broad">
                Why, and what changed
              </th>
            </>
          }
          row={entry => <Cells entry={entry} />}
        />
      )}
    </div>
  );
}

function Cells({ entry }: { readonly entry: Entry }): JSX.Element {
  const { at, acceptedAt, actor, via, action, scope, config, version, reason, diff } = entry;
  const changed = diffText(diff);
  return (
    <>
      <td>
        <When at={at} />
        {acceptedAt !== undefined && (
          <span class="quiet">
            {' '}
            accepted <When at={acceptedAt} />
          </span>
        )}
      </td>
      <th scope="row">
        {actor ?? <span class="quiet">not said</span>} {via && <span class="quiet">via {via}</span>}
      </th>
      <td>{action}</td>
      <td>
        {scope !== undefined && isScope(scope) && config !== undefined ? (
          <>
            <Go to={{ page: 'config', scope, config, query: { tab: 'history' } }}>{config}</Go>{' '}
            {version !== undefined && `v${version}`} <span class="quiet">in {scope}</span>
          </>
        ) : (
          scope !== undefined && <ScopeLink scope={scope} />
        )}
      </td>
      <td class="wide" title={[reason, changed].filter(Boolean).join(' · ')}>
        {reason} {changed && <code>{changed}</code>}
      </td>
    </>
  );
}
