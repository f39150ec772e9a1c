import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { continueWith, mergeWith, treeOf } from '../form-model/editing.ts';
import { fieldDiff } from '../merge/field-diff.ts';
import { DiffTable } from '../parts/diff-table.tsx';
import { Icon } from '../parts/icon.tsx';
import { useApp } from '../state/app.ts';
import type { ConfigView } from './edit/use-config.ts';
import type { WriteStep } from './edit/write-step.ts';

interface ArrivedBannerProps {
  readonly view: ConfigView;
  readonly step: Signal<WriteStep | undefined>;
}

/** Another version came while this one was being edited. The draft stays as it is until somebody says otherwise. */
export function ArrivedBanner({ view, step }: ArrivedBannerProps): JSX.Element {
  const { notices } = useApp();
  const isOpen = useSignal(false);
  const { editing, standing, record, put } = view;
  const merge = (): void => {
    const merged = mergeWith(editing, standing);
    if (merged.collisions.length > 0) {
      step.value = { step: 'collide', merge: merged };
      return;
    }
    put(continueWith(editing, standing, merged, new Map()));
    notices.good(`v${standing.version} is in your draft now. Look at it, and save.`);
  };
  return (
    <section class="banner" role="status" aria-label="A newer version">
      <p>
        <Icon name="down" /> <strong>v{standing.version} arrived</strong>
        {record.updatedBy && ` from ${record.updatedBy}`}. Your draft of v{editing.baseVersion} is kept.
      </p>
      <div class="actions">
        <button
          type="button"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {isOpen.value ? 'Hide it' : 'Show what changed'}
        </button>
        <button type="button" onClick={() => put(undefined)}>
          Throw my draft away
        </button>
        <button type="button" class="primary" onClick={merge}>
          Take it into my draft
        </button>
      </div>
      {isOpen.value && (
        <DiffTable
          changes={fieldDiff(editing.baseTree, treeOf(standing.json))}
          before={`v${editing.baseVersion}`}
          after={`v${standing.version}`}
        />
      )}
    </section>
  );
}
