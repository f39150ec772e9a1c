import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Confirm } from '../parts/dialog.tsx';
import { ScopeLink } from '../parts/go.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { When } from '../parts/time/when.tsx';
import { useApp } from '../state/app.ts';
import { useListing } from '../state/hooks.ts';
import { type DeadItem, deadLetter, deadRow } from './dead-items.ts';

type Kind = 'rows' | 'letters';

interface Asking {
  readonly what: 'retry' | 'discard';
  /** Undefined: all of them. */
  readonly ids: readonly string[] | undefined;
}

const ABOUT: Readonly<Record<Kind, { empty: string; about: string; discard: string }>> = {
  rows: {
    empty: 'No change was given up on.',
    about: 'Changes that could not be brought to Redis, however often it was tried. Readers have the value before.',
    discard: 'Readers keep the value that they have until the row changes again, or an audit repairs it.',
  },
  letters: {
    empty: 'No write-back was given up on.',
    about: 'Values that readers have, and that the database refused.',
    discard: 'Readers get the value of the database again; the value that was refused is lost.',
  },
};

/** What was given up on, newest first: tried again, or let go. */
export function DeadTab({ kind }: { readonly kind: Kind }): JSX.Element {
  const { does } = useApp();
  const { items, problem, state, retry } = useDead(kind);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const asking = useSignal<Asking | undefined>(undefined);
  if (problem && items.length === 0) return <ProblemBox problem={problem} retry={retry} />;
  if (items.length === 0) return state === 'loading' ? <Waiting /> : <Empty title={ABOUT[kind].empty} />;
  const ids = chosen.value.size === 0 ? undefined : [...chosen.value].filter(id => items.some(item => item.id === id));
  const which = ids === undefined ? 'all' : `${ids.length} chosen`;
  const isOff = !does(`${kind === 'rows' ? 'deadRows' : 'deadLetters'}.retry`);
  return (
    <section aria-label="Given up on">
      <p>{ABOUT[kind].about}</p>
      <div class="filters">
        <button
          type="button"
          class="primary"
          disabled={isOff}
          onClick={() => {
            asking.value = { what: 'retry', ids };
          }}
        >
          Try {which} again…
        </button>
        <button
          type="button"
          disabled={isOff}
          onClick={() => {
            asking.value = { what: 'discard', ids };
          }}
        >
          Discard {which}…
        </button>
      </div>
      <DeadTable
        items={items}
        chosen={chosen.value}
        choose={(id, isChosen) => {
          const next = new Set(chosen.peek());
          if (isChosen) next.add(id);
          else next.delete(id);
          chosen.value = next;
        }}
      />
      {asking.value && (
        <Ask
          kind={kind}
          asking={asking.value}
          close={() => {
            asking.value = undefined;
          }}
        />
      )}
    </section>
  );
}

function useDead(kind: Kind) {
  const rows = kind === 'rows';
  // One of the two, and always the same: the tab has its kind as its key.
  const listing = rows ? useListing('deadRows.list', {}) : useListing('deadLetters.list', {});
  const items: readonly DeadItem[] = rows
    ? (listing.list.items as never[]).map(deadRow)
    : (listing.list.items as never[]).map(deadLetter);
  return { items, problem: listing.problem, state: listing.list.state, retry: listing.retry };
}

function Ask({ kind, asking, close }: { kind: Kind; asking: Asking; close: () => void }): JSX.Element {
  const { api, notices, answers } = useApp();
  const { what, ids } = asking;
  const which = ids === undefined ? 'all of them' : ids.length === 1 ? 'one' : `${ids.length}`;
  const act = async (): Promise<void> => {
    const route = `${kind === 'rows' ? 'deadRows' : 'deadLetters'}.${what}` as const;
    try {
      const { answer } = await api.write(route, { body: ids === undefined ? {} : { ids: [...ids] } });
      notices.good(`${answer.count} ${what === 'retry' ? 'are tried again' : 'are discarded'}.`);
    } catch (error) {
      notices.bad((error as Error).message);
    }
    answers.refresh();
  };
  return (
    <Confirm
      title={what === 'retry' ? `Try ${which} again?` : `Discard ${which}?`}
      text={<p>{what === 'retry' ? 'The worker takes them up within moments.' : ABOUT[kind].discard}</p>}
      action={what === 'retry' ? 'Try again' : 'Discard'}
      dangerous={what === 'discard'}
      close={close}
      act={() => void act()}
    />
  );
}

interface DeadTableProps {
  readonly items: readonly DeadItem[];
  readonly chosen: ReadonlySet<string>;
  readonly choose: (id: string, isChosen: boolean) => void;
}

function DeadTable({ items, chosen, choose }: DeadTableProps): JSX.Element {
  return (
    <table class="plain">
      <thead>
        <tr>
          {['Chosen', 'What', 'Tenant', 'Error', 'Tries', 'When'].map(text => (
            <th scope="col" key={text}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map(({ id, what, scope, error, attempts, at }) => (
          <tr key={id}>
            <td>
              <label>
                <span class="sr">Choose {what}</span>
                <input
                  type="checkbox"
                  checked={chosen.has(id)}
                  onChange={({ currentTarget }) => choose(id, currentTarget.checked)}
                />
              </label>
            </td>
            <th scope="row">{what}</th>
            <td>{scope && <ScopeLink scope={scope} />}</td>
            <td class="wide">{error}</td>
            <td class="number">{attempts}</td>
            <td>
              <When at={at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
