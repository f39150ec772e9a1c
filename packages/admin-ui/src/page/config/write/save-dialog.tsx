import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { TextDiff } from '../../editor/text-diff.tsx';
import { treeOf } from '../../form-model/editing.ts';
import { fieldDiff } from '../../merge/field-diff.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { DiffTable } from '../../parts/diff-table.tsx';
import { localTime } from '../../parts/time/local-time.ts';
import { useApp } from '../../state/app.ts';
import type { ConfigView } from '../edit/use-config.ts';
import { PreviewImpact } from './preview-impact.tsx';

interface SaveDialogProps {
  readonly view: ConfigView;
  readonly close: () => void;
  readonly save: (with_: { reason?: string | undefined; expiresAt?: number | undefined }) => Promise<void>;
}

/** What would be written, once more, beside what is there. */
export function SaveDialog({ view, close, save }: SaveDialogProps): JSX.Element {
  const reason = useRef<HTMLInputElement>(null);
  const expiry = useRef<HTMLInputElement>(null);
  const isSaving = useSignal(false);
  const { editing, config, scope } = view;
  const { does, api } = useApp();
  const { text: json = 'null' } = editing.draft;
  const tooLarge = useMemo(() => api.tooLarge('configs.set', { json }), [json]);
  // A write without an end has none: the one that stands is written again.
  const { expiresAt: standing } = view.record.json === undefined ? {} : view.record;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isSaving.peek()) return;
    isSaving.value = true;
    const until = expiry.current?.value;
    await save({
      reason: reason.current?.value.trim() || undefined,
      expiresAt: until ? endOf(until, standing) : undefined,
    });
    isSaving.value = false;
  };
  return (
    <Dialog title={`Save ${config} of ${scope}`} wide close={close}>
      <form class="dialog-body" onSubmit={submit}>
        <Differences view={view} />
        <PreviewImpact scope={scope} config={config} json={editing.draft.text} />
        <div class="field-row">
          <label class="field">
            <span>Reason (optional, for the history)</span>
            <input ref={reason} type="text" maxLength={1000} autocomplete="off" />
          </label>
          {does('expiresAt') && (
            <label class="field">
              <span>Ends at (optional)</span>
              <input
                ref={expiry}
                type="datetime-local"
                step="1"
                defaultValue={standing === undefined ? '' : localTime(standing)}
              />
            </label>
          )}
        </div>
        {tooLarge && (
          <p class="issue" role="alert">
            {tooLarge} The draft stays.
          </p>
        )}
        <footer class="actions">
          <button type="button" onClick={close}>
            Go on editing
          </button>
          <button type="submit" class="primary" disabled={isSaving.value || tooLarge !== undefined}>
            {isSaving.value ? 'Saving…' : 'Save'}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** The input knows no parts of a second: an end that nobody touched stays the very same. */
function endOf(until: string, standing: number | undefined): number {
  const at = new Date(until).getTime();
  return standing !== undefined && at === new Date(localTime(standing)).getTime() ? standing : at;
}

function Differences({ view }: { readonly view: ConfigView }): JSX.Element {
  const asText = useSignal(false);
  const { base, draft, baseVersion } = view.editing;
  const before = base === undefined ? 'not set' : `v${baseVersion}`;
  return (
    <section aria-label="What changes">
      {asText.value ? (
        <TextDiff label="The text before and after" before={base ?? ''} after={draft.text ?? ''} />
      ) : (
        <DiffTable changes={fieldDiff(treeOf(base), draft.tree)} before={before} after="your draft" />
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
    </section>
  );
}
