import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { AnswerOf } from '../api/request.ts';
import { Confirm } from '../parts/dialog.tsx';
import { ScopeLink } from '../parts/go.tsx';
import { Badge } from '../parts/marks.tsx';
import { Empty } from '../parts/quiet.tsx';
import { Span } from '../parts/time/when.tsx';
import { useApp } from '../state/app.ts';

type Found = AnswerOf<'audits.run'>;

/** Compares Redis with the database, and mends it where that is asked for. */
export function AuditsTab(): JSX.Element {
  const { api, notices, me } = useApp();
  const isReadOnly = me.value?.readOnly !== undefined;
  const running = useSignal(false);
  const found = useSignal<Found | undefined>(undefined);
  const isAsking = useSignal(false);
  const run = async (repair: boolean): Promise<void> => {
    running.value = true;
    try {
      const { answer } = await api.write('audits.run', { body: { repair } });
      found.value = answer;
    } catch (error) {
      notices.bad((error as Error).message);
    }
    running.value = false;
  };
  return (
    <section aria-label="Audits">
      <p>
        An audit compares what readers get with the database, row by row. It only looks, unless it is told to repair.
      </p>
      <div class="filters">
        <button type="button" class="primary" disabled={running.value} onClick={() => void run(false)}>
          {running.value ? 'Looking…' : 'Look now'}
        </button>
        <button
          type="button"
          disabled={running.value || isReadOnly}
          onClick={() => {
            isAsking.value = true;
          }}
        >
          Look and repair…
        </button>
      </div>
      <div role="status">{found.value && <Findings found={found.value} />}</div>
      {isAsking.value && (
        <Confirm
          title="Look and repair?"
          text={<p>Whatever differs gets the database's value in Redis. Readers hear of it like of any change.</p>}
          action="Look and repair"
          close={() => {
            isAsking.value = false;
          }}
          act={() => void run(true)}
        />
      )}
    </section>
  );
}

function Findings({ found }: { readonly found: Found }): JSX.Element {
  if (found.findings.length === 0) return <Empty title="Nothing differs." />;
  return (
    <table class="plain">
      <caption>{found.findings.length === 1 ? '1 finding' : `${found.findings.length} findings`}</caption>
      <thead>
        <tr>
          {['Finding', 'Scope', 'Of', 'Address', 'For', 'Repaired'].map(text => (
            <th scope="col" key={text}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {found.findings.map(({ kind, scope, owner, address, ageMs, repaired }) => (
          <tr key={`${kind} ${scope} ${owner} ${address}`}>
            <th scope="row">{kind}</th>
            <td>
              <ScopeLink scope={scope} />
            </td>
            <td>{owner}</td>
            <td class="wide">
              <code>{address}</code>
            </td>
            <td>{ageMs !== undefined && <Span ms={ageMs} />}</td>
            <td>{repaired ? <Badge icon="good" text="repaired" kind="good" /> : 'no'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
