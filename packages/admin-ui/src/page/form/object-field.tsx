import type { JSX } from 'preact';
import type { FieldModel, ObjectShape, RecordShape } from '../form-model/field-model.ts';
import type { JsonObject } from '../json/json-tree.ts';
import { type FieldProps, useForm } from './form-state.ts';
import { Members } from './members.tsx';

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
      {(shape.others !== undefined || strangers.length > 0) && (
        <Members path={path} members={strangers} model={shape.others?.() ?? ANYTHING} isClosed={!shape.others} />
      )}
    </div>
  );
}

/** Names that the schema leaves open. */
export function RecordField({ path, value, shape }: FieldProps & { readonly shape: RecordShape }): JSX.Element {
  const members = value instanceof Map ? [...(value as JsonObject)] : [];
  return <Members path={path} members={members} model={shape.value()} names={shape.names} />;
}
