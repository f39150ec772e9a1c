import type { JSX } from 'preact';
import type { AddressOf } from '../address/address.ts';
import { printJson } from '../json/print-json.ts';
import { readJson } from '../json/read-json.ts';
import { Go, withQuery } from '../parts/go.tsx';
import { ProblemBox, Waiting } from '../parts/quiet.tsx';
import { When } from '../parts/time/when.tsx';
import { useApp } from '../state/app.ts';
import { useAnswer } from '../state/hooks.ts';

interface RecordPanelProps {
  readonly at: AddressOf<'records'>;
  readonly record: string;
}

/** One record as readers get it, and what it is found by. */
export function RecordPanel({ at, record }: RecordPanelProps): JSX.Element {
  const { can } = useApp();
  const { scope, entity } = at;
  return (
    <section class="panel record" aria-label={`Record ${record}`}>
      <div class="record-head">
        <h2>{record}</h2>
        <Go to={withQuery(at, { record: '' })}>Close</Go>
      </div>
      {can('view', scope, entity) ? (
        <Known at={at} record={record} />
      ) : (
        <p class="quiet">You may see that it is there, and not its values.</p>
      )}
    </section>
  );
}

function Known({ at: { scope, entity }, record }: RecordPanelProps): JSX.Element {
  const { answer, problem } = useAnswer('records.get', { names: { scope, entity, record } });
  if (answer === undefined) return problem ? <ProblemBox problem={problem} /> : <Waiting />;
  const { version, updatedAt, keys, json } = answer;
  const tree = json === undefined ? undefined : readJson(json).tree;
  return (
    <>
      <div class="facts">
        <span>v{version}</span>
        <When at={updatedAt} />
        <span class="quiet">
          found by <code>{keys.join('  ')}</code>
        </span>
      </div>
      {tree === undefined ? <p class="quiet">It has no value.</p> : <pre class="value">{printJson(tree)}</pre>}
    </>
  );
}
