import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Dialog } from '../../parts/dialog.tsx';
import { useGo } from '../../parts/go.tsx';
import { useApp } from '../../state/app.ts';
import type { ConfigView } from '../edit/use-config.ts';
import { copyTo } from './copy-value.ts';
import { type NamedScope, ScopeField, scopeNamed } from './scope-field.tsx';

interface CopyDialogProps {
  readonly view: ConfigView;
  readonly close: () => void;
}

/** Asks for the scope that is to say the same, and goes there with the difference. */
export function CopyDialog({ view, close }: CopyDialogProps): JSX.Element {
  const app = useApp();
  const go = useGo();
  const named = useSignal<NamedScope>({ kind: 'tenants', name: '' });
  const problem = useSignal<string | undefined>(undefined);
  const { scope, config, record, definition } = view;
  const target = scopeNamed(named.value, scope);
  const mayEdit = target === undefined || app.can('edit', target, config);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (target === undefined) return;
    try {
      problem.value = await copyTo(app, view, target);
    } catch (error) {
      problem.value = (error as Error).message;
    }
    if (problem.peek() !== undefined) return;
    close();
    go({ page: 'config', scope: target, config, query: { look: '1' } });
  };
  return (
    <Dialog title={`Copy ${config} to another scope`} close={close}>
      <form class="dialog-body" onSubmit={submit}>
        <p>
          {record.json === undefined ? `What readers of ${scope} get` : `What ${scope} says`} becomes a draft there. You
          see the difference before anything is written.
          {record.json !== undefined && record.expiresAt !== undefined && ' Its end is not copied.'}
        </p>
        <ScopeField
          source={scope}
          onlyTenants={definition?.inherit === 'none'}
          named={named.value}
          set={next => {
            named.value = next;
          }}
        />
        {!mayEdit && <p class="issue">You may not change {config} there.</p>}
        {problem.value && (
          <p class="issue" role="alert">
            {problem.value}
          </p>
        )}
        <footer class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={target === undefined || !mayEdit}>
            Look at the difference
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
