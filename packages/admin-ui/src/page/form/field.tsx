import type { JSX } from 'preact';
import { printShort } from '../json/print-json.ts';
import { BranchField } from './branch-field.tsx';
import { FieldFrame } from './field-frame.tsx';
import { type FieldProps, useForm } from './form-state.ts';
import { ListField } from './list-field.tsx';
import { isMasked, MaskedField, WrongKind } from './masked-field.tsx';
import { ObjectField, RecordField } from './object-field.tsx';
import { ChoiceField, NumberField, TextField } from './scalar-fields.tsx';

/** One value of the schema, with the control that suits it. */
export function Field(props: FieldProps): JSX.Element {
  const { model } = props;
  if (model.kind === 'nullable') {
    const inner = model.inner();
    const named = { ...inner, title: model.title ?? inner.title, description: model.description ?? inner.description };
    return <Field {...props} nullable model={{ ...named, preset: model.preset ?? inner.preset }} />;
  }
  return (
    <FieldFrame {...props}>
      <Control {...props} />
    </FieldFrame>
  );
}

/** The control alone. A value of another kind than the schema's is shown as it is, and may be replaced. */
function Control(props: FieldProps): JSX.Element | null {
  const { model, value, nullable } = props;
  if (nullable && value === null) return null;
  if (isMasked(value) && model.kind !== 'text') return <MaskedField {...props} />;
  switch (model.kind) {
    case 'object':
      return value === undefined || value instanceof Map ? (
        <ObjectField {...props} shape={model} />
      ) : (
        <WrongKind {...props} />
      );
    case 'record':
      return value === undefined || value instanceof Map ? (
        <RecordField {...props} shape={model} />
      ) : (
        <WrongKind {...props} />
      );
    case 'list':
      return value === undefined || Array.isArray(value) ? (
        <ListField {...props} shape={model} />
      ) : (
        <WrongKind {...props} />
      );
    case 'text':
      return <TextField {...props} shape={model} />;
    case 'number':
      return <NumberField {...props} shape={model} />;
    case 'boolean':
      return <ChoiceField {...props} options={[true, false]} />;
    case 'choice':
      return <ChoiceField {...props} options={model.options} />;
    case 'union':
      return <BranchField {...props} shape={model} />;
    case 'json':
      return <OnlyText {...props} why={model.why} />;
    default:
      return null;
  }
}

/** The form cannot show it: it says why, and where it can be edited. */
function OnlyText({ why, value }: FieldProps & { readonly why: string }): JSX.Element {
  const { openText } = useForm();
  return (
    <div class="only-text">
      {value !== undefined && <code>{printShort(value, 200)}</code>}
      <p class="quiet">
        {why}{' '}
        <button type="button" class="link-button" onClick={openText}>
          Edit it as JSON
        </button>
      </p>
    </div>
  );
}
