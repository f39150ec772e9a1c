import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { JsonEditor } from '../../editor/json-editor.tsx';
import { typeText } from '../../form-model/draft.ts';
import { keptIssues } from '../../form-model/hints.ts';
import { spokenPath } from '../../json/pointer.ts';
import { readJson } from '../../json/read-json.ts';
import { Icon } from '../../parts/icon.tsx';
import { useApp } from '../../state/app.ts';
import type { ConfigView } from '../edit/use-config.ts';

/** The value as text. It is saved as it is typed: no number is ever written anew. */
export function JsonTab({ view }: { readonly view: ConfigView }): JSX.Element {
  const { drafts } = useApp();
  const { editing, change, canEdit, scope, config, definition } = view;
  const text = editing.draft.text ?? '';
  const read = useMemo(() => readJson(text), [text]);
  const hints = read.problem === undefined ? keptIssues(read.tree) : [];
  const issues = editing.issues.length > 0 ? editing.issues : hints;
  return (
    <section class="json-tab" aria-label="JSON text">
      <JsonEditor
        label={`${config} as JSON`}
        text={text}
        now={() => (drafts.of(scope, config).peek() ?? editing).draft.text ?? ''}
        readOnly={!canEdit}
        issues={issues}
        schema={definition?.schema}
        typed={next => {
          if (next !== (editing.draft.text ?? '')) change(draft => typeText(draft, next));
        }}
      />
      <div class="under-editor" role="status">
        {text !== '' && read.problem !== undefined && (
          <p class="issue">
            <Icon name="warning" /> {read.problem.message}
          </p>
        )}
        {read.problem === undefined &&
          issues.map(({ path, message }) => (
            <p class="issue" key={path + message}>
              <Icon name="warning" /> {spokenPath(path)}: {message}
            </p>
          ))}
      </div>
    </section>
  );
}
