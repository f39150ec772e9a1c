import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { setField } from '../form-model/draft.ts';
import type { FieldModel } from '../form-model/field-model.ts';
import { fitsName } from '../form-model/fits-name.ts';
import { startingValue } from '../form-model/starting-value.ts';
import { type Json, type Path, valueAt } from '../json/json-tree.ts';
import { Icon } from '../parts/icon.tsx';
import { useForm } from './form-state.ts';

/** More of them are found by their names: nobody looks through a thousand fields, and a browser takes seconds to draw them. */
const MOST_SHOWN = 100;

interface MembersProps {
  readonly path: Path;
  readonly members: readonly (readonly [string, Json])[];
  readonly model: FieldModel;
  readonly names?: string | undefined;
  /** The schema knows no such names: there can be no new ones. */
  readonly isClosed?: boolean;
}

/** The members of an object whose names the schema leaves open, or does not know. */
export function Members({ path, members, model, names, isClosed = false }: MembersProps): JSX.Element {
  const { Field, readOnly } = useForm();
  const [part, setPart] = useState('');
  const isLong = members.length > MOST_SHOWN;
  const found = isLong ? members.filter(([name]) => name.includes(part)) : members;
  return (
    <div class="fields">
      {isLong && <FindMember part={part} find={setPart} found={found.length} all={members.length} />}
      {found.slice(0, MOST_SHOWN).map(([name, value]) => (
        <Field key={name} model={model} path={[...path, name]} name={name} required={false} value={value} />
      ))}
      {members.length === 0 && <p class="quiet">No entries.</p>}
      {!readOnly && !isClosed && <NewMember path={path} model={model} names={names} added={setPart} />}
    </div>
  );
}

interface FindMemberProps {
  readonly part: string;
  readonly find: (part: string) => void;
  readonly found: number;
  readonly all: number;
}

function FindMember({ part, find, found, all }: FindMemberProps): JSX.Element {
  const { openText } = useForm();
  return (
    <div class="new-member">
      <label>
        <span class="sr">Find entries by name</span>
        <input
          type="search"
          placeholder="find entries"
          value={part}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => find(currentTarget.value)}
        />
      </label>
      <p class="quiet" role="status">
        {Math.min(found, MOST_SHOWN)} of {all} entries.{' '}
        <button type="button" class="link-button" onClick={openText}>
          Edit them as JSON
        </button>
      </p>
    </div>
  );
}

interface NewMemberProps extends Omit<MembersProps, 'members'> {
  readonly added: (name: string) => void;
}

function NewMember({ path, model, names, added }: NewMemberProps): JSX.Element {
  const { draft, change } = useForm();
  const input = useRef<HTMLInputElement>(null);
  const add = (): void => {
    const element = input.current as HTMLInputElement;
    const name = element.value.trim();
    const isTaken = valueAt(draft.tree, [...path, name]) !== undefined;
    const fits = names === undefined || fitsName(names, name);
    element.setCustomValidity(isTaken ? 'This name is there already.' : fits ? '' : `Names must match ${names}.`);
    if (name === '' || !element.reportValidity()) return;
    change(now => setField(now, [...path, name], startingValue(model)));
    added(name);
    element.value = '';
  };
  return (
    <div class="new-member">
      <label>
        <span class="sr">Name of a new entry</span>
        <input
          ref={input}
          type="text"
          placeholder="new entry"
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => currentTarget.setCustomValidity('')}
          onKeyDown={event => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            add();
          }}
        />
      </label>
      <button type="button" class="small-button" onClick={add}>
        <Icon name="plus" /> Add
      </button>
    </div>
  );
}
