import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { TextDiff } from '../../editor/text-diff.tsx';
import { treeOf } from '../../form-model/editing.ts';
import { spokenPath } from '../../json/pointer.ts';
import { fieldDiff } from '../../merge/field-diff.ts';
import { DiffTable } from '../../parts/diff-table.tsx';
import { useAnswer } from '../../state/hooks.ts';
import type { ConfigView } from '../edit/use-config.ts';

interface VersionDiffProps {
  readonly view: ConfigView;
  readonly from: number;
  readonly to: number;
}

/** Two versions beside each other. Of a secret only the fields that differ are known here. */
export function VersionDiff({ view, from, to }: VersionDiffProps): JSX.Element {
  return (
    <section class="panel" aria-label={`From v${from} to v${to}`}>
      <h2>
        From v{from} to v{to}
      </h2>
      {view.record.masked ? <Paths view={view} from={from} to={to} /> : <Values view={view} from={from} to={to} />}
    </section>
  );
}

function Values({ view: { scope, config }, from, to }: VersionDiffProps): JSX.Element | null {
  const asText = useSignal(false);
  const { answer: before } = useAnswer('configs.version', { names: { scope, config, version: String(from) } });
  const { answer: after } = useAnswer('configs.version', { names: { scope, config, version: String(to) } });
  if (before === undefined || after === undefined) return null;
  return (
    <>
      {asText.value ? (
        <TextDiff label={`From v${from} to v${to}`} before={before.json ?? ''} after={after.json ?? ''} />
      ) : (
        <DiffTable changes={fieldDiff(treeOf(before.json), treeOf(after.json))} before={`v${from}`} after={`v${to}`} />
      )}
      <button
        type="button"
        class="link-button"
        onClick={() => {
          asText.value = !asText.value;
        }}
      >
        {asText.value ? 'Show it by field' : 'Show it as text'}
      </button>
    </>
  );
}

const WORDS = { add: 'was added', remove: 'was removed', replace: 'was changed' } as const;

function Paths({ view: { scope, config }, from, to }: VersionDiffProps): JSX.Element | null {
  const query = { from: String(from), to: String(to) };
  const { answer } = useAnswer('configs.diff', { names: { scope, config }, query });
  if (answer === undefined) return null;
  if (answer.operations.length === 0) return <p class="quiet">Nothing differs.</p>;
  return (
    <ul>
      {answer.operations.map(({ op, path }) => (
        <li key={op + path}>
          {spokenPath(path)} {WORDS[op]}
        </li>
      ))}
    </ul>
  );
}
