import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { ScopeText } from '../../../address/address.ts';
import { CallFailed } from '../../../api/problem.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { useApp } from '../../../state/app.ts';
import { CopyRows } from './copy-rows.tsx';
import type { CopyPlan } from './plan-copy.ts';
import { writeCopy } from './write-copy.ts';

interface LookAtCopyProps {
  readonly source: ScopeText;
  readonly plan: CopyPlan;
  /** Reads both scopes again. */
  readonly again: () => Promise<void>;
  readonly back: () => void;
  readonly close: () => void;
}

/** What would be written, before it is. */
export function LookAtCopy({ source, plan, again, back, close }: LookAtCopyProps): JSX.Element {
  const app = useApp();
  const reason = useRef<HTMLInputElement>(null);
  const withSecrets = useSignal(false);
  const isWriting = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  const { target, rows } = plan;
  const secrets = rows.filter(({ kind }) => kind === 'secret').length;
  const writes = rows.filter(({ kind }) => kind === 'write').length + (withSecrets.value ? secrets : 0);
  const isRefused = rows.some(row => row.problem !== undefined);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isWriting.peek()) return;
    isWriting.value = true;
    const options = { withSecrets: withSecrets.value, reason: reason.current?.value.trim() || undefined };
    try {
      const count = await writeCopy(app, source, plan, options);
      app.notices.good(`${count === 1 ? '1 config was' : `${count} configs were`} copied to ${target}.`);
      app.answers.refresh();
      close();
    } catch (error) {
      problem.value = (error as Error).message;
      // Somebody else was faster: what is shown is what stands now.
      if (error instanceof CallFailed && error.status === 412) await again().catch(() => undefined);
    }
    isWriting.value = false;
  };
  return (
    <Dialog title={`Copy from ${source} to ${target}`} wide close={close}>
      <form class="dialog-body" onSubmit={submit}>
        <CopyRows rows={rows} withSecrets={withSecrets.value} />
        {secrets > 0 && (
          <label class="choice">
            <input
              type="checkbox"
              checked={withSecrets.value}
              onChange={({ currentTarget }) => {
                withSecrets.value = currentTarget.checked;
              }}
            />
            <span>Copy secrets, too</span>
            <span class="quiet">The audit log of {source} says that they were shown, and why.</span>
          </label>
        )}
        <label class="field">
          <span>Reason{withSecrets.value ? '' : ' (optional)'}</span>
          <input
            ref={reason}
            type="text"
            maxLength={1000}
            required={withSecrets.value}
            pattern=".*\S.*"
            autocomplete="off"
          />
        </label>
        {problem.value && (
          <p class="issue" role="alert">
            {problem.value}
          </p>
        )}
        <footer class="actions">
          <button type="button" onClick={back}>
            Back
          </button>
          <button type="submit" class="primary" disabled={writes === 0 || isRefused || isWriting.value}>
            {writes === 0 ? 'Nothing to write' : isWriting.value ? 'Writing…' : `Write ${writes}`}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
