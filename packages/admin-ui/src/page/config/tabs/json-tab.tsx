import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { JsonEditor } from '../../editor/json-editor.tsx';
import { typeText } from '../../form-model/draft.ts';
import { keptIssues } from '../../form-model/hints.ts';
import { spokenPath } from '../../json/pointer.ts';
import { Icon } from '../../parts/icon.tsx';
import { useApp } from '../../state/app.ts';
import type { ConfigView } from '../edit/use-config.ts';

/** So many issues are shown. */
const MOST = 100;

/** The value as text. It is saved as it is typed: no number is ever written anew. */
export function JsonTab({ view }: { readonly view: ConfigView }): JSX.Element {
  const { drafts } = useApp();
  const { editing, change, canEdit, scope, config, definition } = view;
  const { text = '', tree, problem } = editing.draft;
  const hints = useMemo(() => (tree === undefined ? [] : keptIssues(tree)), [tree]);
  const found = editing.issues.length > 0 ? editing.issues : hints;
  const issues = useMemo(() => (problem === undefined ? found.slice(0, MOST) : []), [found, problem]);
  return (
    <section class="json-tab" aria-label="JSON text">
      <JsonEditor
        label={`${config} as JSON`}
        text={text}
        now={() => (drafts.of(scope, config).peek() ?? editing).draft.text ?? ''}
        readOnly={!canEdit}
        problem={text === '' ? undefined : problem}
        issues={issues}
        schema={definition?.schema}
        typed={next => {
          if (next !== (editing.draft.text ?? '')) change(draft => typeText(draft, next));
        }}
      />
      <div class="under-editor" role="status">
        {text !== '' && problem !== undefined && (
          <p class="issue">
            <Icon name="warning" /> {problem.message}
          </p>
        )}
        {issues.map(({ path, message }) => (
          <p class="issue" key={path + message}>
            <Icon name="warning" /> {spokenPath(path)}: {message}
          </p>
        ))}
        {problem === undefined && found.length > MOST && (
          <p class="quiet">And {(found.length - MOST).toLocaleString()} more.</p>
        )}
      </div>
    </section>
  );
}
