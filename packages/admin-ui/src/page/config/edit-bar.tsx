import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { ConfigView } from './edit/use-config.ts';
import type { WriteStep } from './edit/write-step.ts';

interface EditBarProps {
  readonly view: ConfigView;
  readonly step: Signal<WriteStep | undefined>;
}

/** Stays at the lower edge: what is unsaved, and what may be done about it. */
export function EditBar({ view, step }: EditBarProps): JSX.Element {
  const { editing, isDirty, canEdit, record, put } = view;
  const { text, problem } = editing.draft;
  const isReadable = text !== undefined && problem === undefined;
  if (!canEdit)
    return (
      <p class="edit-bar quiet" role="status">
        {view.lock}
      </p>
    );
  return (
    <section class="edit-bar" aria-label="Save">
      <p role="status">
        {isDirty ? (isReadable ? 'Not saved yet.' : 'Not saved yet, and not readable as JSON.') : 'Nothing to save.'}
      </p>
      <div class="actions">
        {record.json !== undefined && (
          <button
            type="button"
            onClick={() => {
              step.value = { step: 'unset' };
            }}
          >
            Unset…
          </button>
        )}
        <button type="button" disabled={!isDirty} onClick={() => put(undefined)}>
          Throw away
        </button>
        <button
          type="button"
          class="primary"
          disabled={!isDirty || !isReadable}
          data-save
          onClick={() => {
            step.value = { step: 'look' };
          }}
        >
          Look and save…
        </button>
      </div>
    </section>
  );
}
