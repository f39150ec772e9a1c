import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { CallFailed } from '../../api/problem.ts';
import type { AnswerOf } from '../../api/request.ts';
import { treeOf } from '../../form-model/editing.ts';
import { fieldDiff } from '../../merge/field-diff.ts';
import { DiffTable } from '../../parts/diff-table.tsx';
import { ScopeText } from '../../parts/go.tsx';
import { ProblemBox } from '../../parts/quiet.tsx';
import { useApp } from '../../state/app.ts';

interface PreviewImpactProps {
  readonly scope: string;
  readonly config: string;
  /** Undefined: it would be unset. */
  readonly json: string | undefined;
}

/** Which tenants' effective values would change. Asked only when somebody wants to know: it reads all of them. */
export function PreviewImpact({ scope, config, json }: PreviewImpactProps): JSX.Element | null {
  const { api } = useApp();
  const found = useSignal<AnswerOf<'configs.preview'> | undefined>(undefined);
  const problem = useSignal<CallFailed | undefined>(undefined);
  if (scope.startsWith('tenants/')) return null;
  const ask = async (): Promise<void> => {
    problem.value = undefined;
    try {
      const change = json === undefined ? { scope, config, unset: true as const } : { scope, config, json };
      const { answer } = await api.write('configs.preview', { body: { changes: [change], limit: 100 } });
      found.value = answer;
    } catch (error) {
      problem.value = error as CallFailed;
    }
  };
  return (
    <section class="impact" aria-label="What it changes for tenants">
      {found.value === undefined && (
        <button type="button" onClick={() => void ask()}>
          Preview: which tenants would this change?
        </button>
      )}
      {problem.value && <ProblemBox problem={problem.value} />}
      {found.value && <Found preview={found.value} />}
    </section>
  );
}

function Found({ preview }: { readonly preview: AnswerOf<'configs.preview'> }): JSX.Element {
  const { changed, complete } = preview;
  return (
    <div role="status">
      <p>
        It would change <strong>{changed.length === 1 ? '1 scope' : `${changed.length} scopes`}</strong>
        {complete ? '.' : ', and more that are not shown.'}
      </p>
      <ul class="impact-list">
        {changed.slice(0, 100).map(({ scope, config, beforeJson, afterJson, problem }) => (
          <li key={`${scope} ${config}`}>
            <details>
              <summary>
                <ScopeText scope={scope} /> {problem && <span class="issue">would be refused: {problem}</span>}
              </summary>
              <DiffTable changes={fieldDiff(treeOf(beforeJson), treeOf(afterJson))} before="now" after="then" />
            </details>
          </li>
        ))}
      </ul>
    </div>
  );
}
