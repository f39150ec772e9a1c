import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { CallFailed } from '../api/problem.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { useApp } from '../state/app.ts';
import { useAnswer } from '../state/hooks.ts';
import { movedBy } from './moved-by.ts';

export interface GroupsDialogProps {
  readonly title: string;
  readonly groups: readonly string[];
  readonly route: 'tenants.setGroups' | 'groups.set';
  readonly names: Readonly<Record<string, string>>;
  readonly etag: string | undefined;
  readonly close: () => void;
}

/** Whom something inherits from. The order decides: the first that says something wins. */
export function GroupsDialog({ title, groups, route, names, etag, close }: GroupsDialogProps): JSX.Element {
  const { api, notices, answers } = useApp();
  const list = useSignal(groups);
  const reason = useRef<HTMLInputElement>(null);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const why = reason.current?.value.trim();
    const body = { groups: [...list.peek()], ...(why && { reason: why }) };
    try {
      await api.write(route, { names, body, ifMatch: etag });
      notices.good('The groups are saved.');
      close();
    } catch (error) {
      const isLate = error instanceof CallFailed && error.status === 412;
      notices.bad(
        isLate ? 'Somebody else changed the groups meanwhile. They are shown now.' : (error as Error).message,
      );
      if (isLate) close();
    }
    answers.refresh();
  };
  return (
    <Dialog title={title} close={close}>
      <form class="dialog-body" onSubmit={save}>
        <p>The first that says something about a field wins.</p>
        <ol class="items">
          {list.value.map((name, position) => (
            <li class="item" key={name}>
              <span class="grow">{name}</span>
              <ItemButtons
                list={list.value}
                position={position}
                set={next => {
                  list.value = next;
                }}
              />
            </li>
          ))}
        </ol>
        {list.value.length === 0 && <p class="quiet">No groups: only what is global is inherited.</p>}
        <AddGroup
          list={list.value}
          add={name => {
            list.value = [...list.peek(), name];
          }}
        />
        <label class="field">
          <span>Reason (optional)</span>
          <input ref={reason} type="text" maxLength={1000} autocomplete="off" />
        </label>
        <footer class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={list.value.join('\n') === groups.join('\n')}>
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ItemButtonsProps {
  readonly list: readonly string[];
  readonly position: number;
  readonly set: (next: readonly string[]) => void;
}

function ItemButtons({ list, position, set }: ItemButtonsProps): JSX.Element {
  const name = list[position];
  const button = (icon: IconName, text: string, next: readonly string[], disabled = false): JSX.Element => (
    <button type="button" class="quiet-button" title={text} disabled={disabled} onClick={() => set(next)}>
      <Icon name={icon} />
      <span class="sr">
        {text}: {name}
      </span>
    </button>
  );
  return (
    <span class="item-actions">
      {button('up', 'Earlier', movedBy(list, position, -1), position === 0)}
      {button('down', 'Later', movedBy(list, position, 1), position === list.length - 1)}
      {button(
        'trash',
        'Leave',
        list.filter(each => each !== name),
      )}
    </span>
  );
}

function AddGroup({
  list,
  add,
}: {
  readonly list: readonly string[];
  readonly add: (name: string) => void;
}): JSX.Element {
  const { answer } = useAnswer('groups.list', { query: { limit: '500' } });
  const select = useRef<HTMLSelectElement>(null);
  const free = (answer?.items ?? []).filter(({ name }) => !list.includes(name));
  if (free.length === 0) return <p class="quiet">There is no other group that you may see.</p>;
  return (
    <div class="new-member">
      <label>
        <span class="sr">A group to join</span>
        <select ref={select}>
          {free.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <button type="button" onClick={() => select.current && add(select.current.value)}>
        <Icon name="plus" /> Join
      </button>
    </div>
  );
}
