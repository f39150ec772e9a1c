import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { continueWith } from '../../form-model/editing.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { useApp } from '../../state/app.ts';
import type { ConfigView } from '../edit/use-config.ts';
import { saveDraft, unsetConfig } from '../edit/write-config.ts';
import type { WriteStep } from '../edit/write-step.ts';
import { CollideDialog } from './collide-dialog.tsx';
import { PreviewImpact } from './preview-impact.tsx';
import { SaveDialog } from './save-dialog.tsx';

interface WriteDialogsProps {
  readonly view: ConfigView;
  readonly step: Signal<WriteStep | undefined>;
}

/** The dialog of the present step, one at a time. */
export function WriteDialogs({ view, step }: WriteDialogsProps): JSX.Element | null {
  const app = useApp();
  const close = (): void => {
    step.value = undefined;
  };
  const next = async (doing: Promise<WriteStep | undefined>): Promise<void> => {
    step.value = await doing;
  };
  const now = step.value;
  if (now?.step === 'look')
    return <SaveDialog view={view} close={close} save={with_ => next(saveDraft(app, view, with_))} />;
  if (now?.step === 'unset')
    return (
      <Confirm
        title={`Unset ${view.config}?`}
        text={<UnsetText view={view} />}
        action="Unset"
        reason="may"
        dangerous
        staysOpen
        close={close}
        act={reason => void next(unsetConfig(app, view, reason))}
      />
    );
  if (now?.step === 'collide')
    return (
      <CollideDialog
        merge={now.merge}
        version={view.standing.version}
        by={view.record.updatedBy}
        close={close}
        choose={choices => {
          view.put(continueWith(view.editing, view.standing, now.merge, choices));
          step.value = { step: 'look' };
        }}
      />
    );
  return null;
}

function UnsetText({ view }: { readonly view: ConfigView }): JSX.Element {
  const { scope, config, explanation } = view;
  const above = explanation?.layers.find(layer => layer.scope !== scope && layer.json !== undefined);
  return (
    <>
      <p>
        The value of {scope} goes away.{' '}
        {above === undefined
          ? 'Nothing is left then: readers get nothing.'
          : `Readers get ${above.scope === 'default' ? 'the default' : `what ${above.scope} says`} from then on.`}{' '}
        The history keeps it.
      </p>
      <PreviewImpact scope={scope} config={config} json={undefined} />
    </>
  );
}
