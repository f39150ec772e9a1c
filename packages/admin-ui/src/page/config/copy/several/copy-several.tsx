import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ScopeText } from '../../../address/address.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { Waiting } from '../../../parts/quiet.tsx';
import { useApp } from '../../../state/app.ts';
import { type NamedScope, ScopeField, scopeNamed } from '../scope-field.tsx';
import { ChooseConfigs } from './choose-configs.tsx';
import { LookAtCopy } from './look-at-copy.tsx';
import { type CopyPlan, MOST, planCopy, readSet, type SetConfig } from './plan-copy.ts';

interface CopySeveralProps {
  readonly scope: ScopeText;
  readonly close: () => void;
}

/** Copies some of a scope's own configs to another scope: chosen, looked at, and only then written. */
export function CopySeveral({ scope, close }: CopySeveralProps): JSX.Element {
  const app = useApp();
  const configs = useSignal<readonly SetConfig[] | undefined>(undefined);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const named = useSignal<NamedScope>({ kind: 'tenants', name: '' });
  const plan = useSignal<CopyPlan | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const target = scopeNamed(named.value, scope);
  const trying = async (work: () => Promise<void>): Promise<void> => {
    isBusy.value = true;
    problem.value = undefined;
    await work().catch((error: Error) => {
      problem.value = error.message;
    });
    isBusy.value = false;
  };
  useEffect(() => {
    void trying(async () => {
      configs.value = await readSet(app, scope);
    });
  }, []);
  const look = async (): Promise<void> => {
    if (target !== undefined) plan.value = await planCopy(app, scope, target, [...chosen.value]);
  };
  if (plan.value !== undefined)
    return (
      <LookAtCopy
        source={scope}
        plan={plan.value}
        again={look}
        back={() => {
          plan.value = undefined;
        }}
        close={close}
      />
    );
  return (
    <Dialog title={`Copy configs of ${scope}`} close={close}>
      <form
        class="dialog-body"
        onSubmit={event => {
          event.preventDefault();
          void trying(look);
        }}
      >
        <p>
          What {scope} sets itself. What it inherits is not copied. You see the difference before anything is written.
        </p>
        {configs.value === undefined && isBusy.value && <Waiting />}
        {configs.value && (
          <ChooseConfigs
            configs={configs.value}
            chosen={chosen.value}
            set={next => {
              chosen.value = next;
            }}
          />
        )}
        <ScopeField
          source={scope}
          named={named.value}
          set={next => {
            named.value = next;
          }}
        />
        {chosen.value.size > MOST && <p class="issue">At most {MOST} can be copied at once.</p>}
        {problem.value && (
          <p class="issue" role="alert">
            {problem.value}
          </p>
        )}
        <footer class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class="primary"
            disabled={target === undefined || chosen.value.size === 0 || chosen.value.size > MOST || isBusy.value}
          >
            {isBusy.value ? 'Looking…' : 'Look at the difference'}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
