import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { setField } from '../form-model/draft.ts';
import type { FieldModel, ObjectShape, RecordShape } from '../form-model/field-model.ts';
import { fitsName } from '../form-model/fits-name.ts';
import { startingValue } from '../form-model/starting-value.ts';
import { type Json, type JsonObject, type Path, valueAt } from '../json/json-tree.ts';
import { Icon } from '../parts/icon.tsx';
import { type FieldProps, useForm } from './form-state.ts';

const ANYTHING: FieldModel = { kind: 'json', why: 'The schema does not name this field.' };

interface ObjectProps extends FieldProps {
  readonly shape: ObjectShape;
  /** The name that says a union's branch has its control there. */
  readonly hidden?: string | undefined;
}

/** The fields that the schema names, then those that stand there all the same. */
export function ObjectField({ path, value, shape, hidden }: ObjectProps): JSX.Element {
  const { Field } = useForm();
  const object: JsonObject = value instanceof Map ? value : new Map();
  const named = new Set(shape.fields.map(({ name }) => name));
  const strangers = [...object].filter(([name]) => !named.has(name));
  return (
    <div class="fields">
      {shape.fields
        .filter(({ name }) => name !== hidden)
        .map(({ name, required, model }) => (
          <Field
            key={name}
            model={model()}
            path={[...path, name]}
            name={name}
            required={required}
            value={object.get(name)}
          />
        ))}
      {shape.others !== undefined ? (
        <Members path={path} members={strangers} model={shape.others()} />
      ) : (
        strangers.map(([name, each]) => (
          <Field key={name} model={ANYTHING} path={[...path, name]} name={name} required={false} value={each} />
        ))
      )}
    </div>
  );
}

/** Names that the schema leaves open. */
export function RecordField({ path, value, shape }: FieldProps & { readonly shape: RecordShape }): JSX.Element {
  const members = value instanceof Map ? [...(value as JsonObject)] : [];
  return <Members path={path} members={members} model={shape.value()} names={shape.names} />;
}

interface MembersProps {
  readonly path: Path;
  readonly members: readonly (readonly [string, Json])[];
  readonly model: FieldModel;
  readonly names?: string | undefined;
}

function Members({ path, members, model, names }: MembersProps): JSX.Element {
  const { Field, readOnly } = useForm();
  return (
    <div class="fields">
      {members.map(([name, value]) => (
        <Field key={name} model={model} path={[...path, name]} name={name} required={false} value={value} />
      ))}
      {members.length === 0 && <p class="quiet">No entries.</p>}
      {!readOnly && <NewMember path={path} model={model} names={names} />}
    </div>
  );
}

function NewMember({ path, model, names }: Omit<MembersProps, 'members'>): JSX.Element {
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
