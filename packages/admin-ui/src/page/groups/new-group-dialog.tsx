import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { useGo } from '../parts/go.tsx';
import { useApp } from '../state/app.ts';

/** Makes a group that nobody is in yet. */
export function NewGroupDialog({ close }: { readonly close: () => void }): JSX.Element {
  const { api, notices } = useApp();
  const go = useGo();
  const input = useRef<HTMLInputElement>(null);
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const group = input.current?.value.trim() ?? '';
    try {
      await api.write('groups.set', { names: { group }, body: { groups: [] }, ifNoneMatch: '*' });
      close();
      go({ page: 'scope', scope: `groups/${group}`, query: {} });
    } catch (error) {
      notices.bad((error as Error).message);
    }
  };
  return (
    <Dialog title="New group" close={close}>
      <form class="dialog-body" onSubmit={make}>
        <label class="field">
          <span>Name</span>
          <input ref={input} type="text" required maxLength={128} autocomplete="off" spellcheck={false} />
        </label>
        <footer class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Make it
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
