import { useSignal } from '@preact/signals';
import { type Grant, type GrantScope, mayGive, VERBS, type Verb } from '@tenantry/admin-api/rights';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { useApp } from '../state/app.ts';
import { VERB_WORDS } from './verb-words.ts';

interface Given {
  readonly who: string;
  readonly verbs: readonly Verb[];
  readonly scope: string;
  readonly config: string;
  readonly until: string;
}

/** Gives a right: only one that the giver holds, for as far and as long as the giver holds it. */
export function GiveDialog({ close }: { readonly close: () => void }): JSX.Element {
  const { api, notices, answers, rights } = useApp();
  const given = useSignal<Given>({ who: 'user:', verbs: ['view'], scope: 'tenants/*', config: '*', until: '' });
  const reason = useRef<HTMLInputElement>(null);
  const { who, verbs, scope, config, until } = given.value;
  const expiresAt = until === '' ? undefined : new Date(until).getTime();
  const right = { verbs, scope: scope as GrantScope, config, expiresAt } satisfies Pick<
    Grant,
    'verbs' | 'scope' | 'config' | 'expiresAt'
  >;
  const isHeld = verbs.length > 0 && mayGive(rights.value, right, Date.now());
  const give = async (event: Event): Promise<void> => {
    event.preventDefault();
    const why = reason.current?.value.trim();
    const body = {
      who,
      verbs: [...verbs],
      scope,
      config,
      ...(expiresAt && { expiresAt }),
      ...(why && { reason: why }),
    };
    try {
      await api.write('grants.give', { body });
      notices.good(`${who} has it.`);
      close();
    } catch (error) {
      notices.bad((error as Error).message);
    }
    answers.refresh();
  };
  return (
    <Dialog title="Give a right" close={close}>
      <form class="dialog-body" onSubmit={give}>
        <GiveFields
          given={given.value}
          set={change => {
            given.value = { ...given.peek(), ...change };
          }}
        />
        <label class="field">
          <span>Reason (optional)</span>
          <input ref={reason} type="text" maxLength={1000} autocomplete="off" />
        </label>
        {!isHeld && (
          <p class="issue" role="status">
            {verbs.length === 0
              ? 'Choose at least one thing.'
              : 'You do not hold all of that yourself, or not the right to give it.'}
          </p>
        )}
        <footer class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={!isHeld || who.length < 1 || who === 'user:'}>
            Give it
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface GiveFieldsProps {
  readonly given: Given;
  readonly set: (change: Partial<Given>) => void;
}

function GiveFields({ given, set }: GiveFieldsProps): JSX.Element {
  const text = (name: 'who' | 'scope' | 'config', label: string, about: string): JSX.Element => (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        required
        value={given[name]}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => set({ [name]: currentTarget.value })}
      />
      <span class="quiet">{about}</span>
    </label>
  );
  return (
    <>
      {text('who', 'Who', 'user:<id>, group:<name>, or * for anybody who is signed in')}
      <fieldset class="verbs">
        <legend>May</legend>
        {VERBS.map(verb => (
          <label key={verb} class="choice">
            <input
              type="checkbox"
              checked={given.verbs.includes(verb)}
              onChange={({ currentTarget }) =>
                set({
                  verbs: VERBS.filter(each => (each === verb ? currentTarget.checked : given.verbs.includes(each))),
                })
              }
            />
            <span>{verb}</span>
            <span class="quiet">{VERB_WORDS[verb]}</span>
          </label>
        ))}
      </fieldset>
      {text('scope', 'Where', 'global, groups/<name>, tenants/<id>, groups/*, tenants/*, installation, or *')}
      {text('config', 'Configs', 'a name, the beginning of names and *, or *')}
      <label class="field">
        <span>Until (optional)</span>
        <input
          type="datetime-local"
          value={given.until}
          onInput={({ currentTarget }) => set({ until: currentTarget.value })}
        />
      </label>
    </>
  );
}
