import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Json } from '../../json/json-tree.ts';
import { spokenPath } from '../../json/pointer.ts';
import type { Collision, Merge } from '../../merge/three-way-merge.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { LongValue } from '../../parts/long-value.tsx';

type Choices = ReadonlyMap<string, 'mine' | 'theirs'>;

interface CollideDialogProps {
  readonly merge: Merge;
  readonly version: number;
  readonly by: string | undefined;
  readonly close: () => void;
  readonly choose: (choices: Choices) => void;
}

/** Asks about the fields that both changed, and about nothing else. */
export function CollideDialog({ merge, version, by, close, choose }: CollideDialogProps): JSX.Element {
  const choices = useSignal<Choices>(new Map());
  const { collisions, taken } = merge;
  const isDecided = collisions.every(({ path }) => choices.value.has(path));
  return (
    <Dialog title="You both changed the same" wide close={close}>
      <form
        class="dialog-body"
        onSubmit={event => {
          event.preventDefault();
          choose(choices.value);
        }}
      >
        <p>
          {by ?? 'Somebody'} wrote v{version} while you were editing.{' '}
          {taken.length > 0 &&
            `${taken.length === 1 ? 'One change goes' : `${taken.length} changes go`} together with yours. `}
          {collisions.length === 1 ? 'One field needs' : `${collisions.length} fields need`} your decision:
        </p>
        {collisions.map(collision => (
          <Choice
            key={collision.path}
            collision={collision}
            theirs={by ?? `v${version}`}
            chosen={choices.value.get(collision.path)}
            choose={side => {
              choices.value = new Map(choices.value).set(collision.path, side);
            }}
          />
        ))}
        <footer class="actions">
          <button type="button" onClick={close}>
            Back to my draft
          </button>
          <button type="submit" class="primary" disabled={!isDecided}>
            Go on
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  readonly collision: Collision;
  readonly theirs: string;
  readonly chosen: 'mine' | 'theirs' | undefined;
  readonly choose: (side: 'mine' | 'theirs') => void;
}

function Choice({ collision, theirs, chosen, choose }: ChoiceProps): JSX.Element {
  const side = (which: 'mine' | 'theirs', text: string, value: Json | undefined): JSX.Element => (
    <label class="choice">
      <input type="radio" name={collision.path} checked={chosen === which} onChange={() => choose(which)} required />
      <span>{text}</span>
      {value === undefined ? <code>not set</code> : <LongValue json={value} />}
    </label>
  );
  return (
    <fieldset class="collision">
      <legend>{spokenPath(collision.path)}</legend>
      <p class="quiet">
        It was {collision.base === undefined ? <code>not set</code> : <LongValue json={collision.base} />}
      </p>
      {side('mine', 'Mine', collision.mine)}
      {side('theirs', `Theirs (${theirs})`, collision.theirs)}
    </fieldset>
  );
}
