import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { isScope, type ScopeText } from '../../address/address.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { useGo } from '../../parts/go.tsx';
import { useApp } from '../../state/app.ts';
import { useAnswer } from '../../state/hooks.ts';
import type { ConfigView } from '../edit/use-config.ts';
import { copyTo } from './copy-value.ts';

const KINDS = ['tenants', 'groups', 'global'] as const;
type Kind = (typeof KINDS)[number];

const KIND_WORDS: Readonly<Record<Kind, string>> = { tenants: 'a tenant', groups: 'a group', global: 'global' };

interface CopyDialogProps {
  readonly view: ConfigView;
  readonly close: () => void;
}

/** Asks for the scope that is to say the same, and goes there with the difference. */
export function CopyDialog({ view, close }: CopyDialogProps): JSX.Element {
  const app = useApp();
  const go = useGo();
  const kind = useSignal<Kind>('tenants');
  const name = useSignal('');
  const problem = useSignal<string | undefined>(undefined);
  const { scope, config, record, definition } = view;
  const text = kind.value === 'global' ? 'global' : `${kind.value}/${name.value.trim()}`;
  const target: ScopeText | undefined = isScope(text) && text !== scope ? text : undefined;
  const mayEdit = target === undefined || app.can('edit', target, config);
  const kinds = definition?.inherit === 'none' ? KINDS.slice(0, 1) : KINDS.filter(each => each !== scope);
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
        </p>
        <label class="field">
          <span>To</span>
          <select
            value={kind.value}
            onChange={({ currentTarget }) => {
              kind.value = currentTarget.value as Kind;
            }}
          >
            {kinds.map(each => (
              <option key={each} value={each}>
                {KIND_WORDS[each]}
              </option>
            ))}
          </select>
        </label>
        {kind.value !== 'global' && (
          <NameField kind={kind.value} name={name.value} typed={typed => (name.value = typed)} />
        )}
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

interface NameFieldProps {
  readonly kind: 'tenants' | 'groups';
  readonly name: string;
  readonly typed: (name: string) => void;
}

/** A name, with those that the server finds. A tenant that nobody has heard of may be named too. */
function NameField({ kind, name, typed }: NameFieldProps): JSX.Element {
  const id = useId();
  const query = { search: name.trim(), limit: '20' };
  const tenants = useAnswer('tenants.list', { query: kind === 'tenants' ? query : { limit: '1' } }).answer;
  const groups = useAnswer('groups.list', { query: kind === 'groups' ? query : { limit: '1' } }).answer;
  const names =
    kind === 'tenants' ? tenants?.items.map(({ id: tenant }) => tenant) : groups?.items.map(each => each.name);
  return (
    <label class="field">
      <span>{kind === 'tenants' ? 'Tenant' : 'Group'}</span>
      <input
        type="text"
        required
        maxLength={128}
        autocomplete="off"
        spellcheck={false}
        list={id}
        value={name}
        onInput={({ currentTarget }) => typed(currentTarget.value)}
      />
      <datalist id={id}>
        {names?.map(each => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </label>
  );
}
