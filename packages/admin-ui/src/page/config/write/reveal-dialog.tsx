import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { treeOf } from '../../form-model/editing.ts';
import { printJson } from '../../json/print-json.ts';
import { Confirm, Dialog } from '../../parts/dialog.tsx';
import { useApp } from '../../state/app.ts';
import type { ConfigView } from '../edit/use-config.ts';
import { textOf } from '../edit/write-config.ts';

/** Shows a secret once it was said why. What was shown is forgotten when the dialog closes. */
export function RevealDialog({ view, close }: { readonly view: ConfigView; readonly close: () => void }): JSX.Element {
  const { api, notices } = useApp();
  const { scope, config } = view;
  const shown = useSignal<string | undefined>(undefined);
  const reveal = async (reason: string | undefined): Promise<void> => {
    try {
      const names = { scope, config };
      const { answer } = await api.write('configs.reveal', { names, body: { reason: reason ?? '' } });
      shown.value = answer.json ?? 'null';
    } catch (error) {
      notices.bad(textOf(error));
      close();
    }
  };
  if (shown.value === undefined)
    return (
      <Confirm
        title={`Reveal ${config}?`}
        text={<p>That you looked, and why, goes into the audit log.</p>}
        action="Reveal"
        reason="must"
        staysOpen
        close={close}
        act={reason => void reveal(reason)}
      />
    );
  const tree = treeOf(shown.value);
  return (
    <Dialog title={`${config} of ${scope}`} close={close}>
      <div class="dialog-body">
        <pre class="value">{tree === undefined ? shown.value : printJson(tree)}</pre>
        <footer class="actions">
          <button type="button" class="primary" onClick={close}>
            Hide it again
          </button>
        </footer>
      </div>
    </Dialog>
  );
}
