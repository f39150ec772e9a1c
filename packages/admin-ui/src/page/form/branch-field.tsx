import type { JSX } from 'preact';
import { chooseBranch } from '../form-model/draft.ts';
import type { Branch, UnionShape } from '../form-model/field-model.ts';
import { branchOf } from '../form-model/read-union.ts';
import { type FieldProps, idOf, shownName, useForm } from './form-state.ts';
import { WrongKind } from './masked-field.tsx';
import { ObjectField } from './object-field.tsx';

/** One of several shapes. Only the one that is chosen is in the document, however many there are. */
export function BranchField(props: FieldProps & { readonly shape: UnionShape }): JSX.Element {
  const { path, name, value, shape } = props;
  const { change, readOnly } = useForm();
  const branch = branchOf(shape, value);
  const choose = (key: string): void => {
    const to = shape.branches.find(each => each.key === key);
    if (to !== undefined) change(draft => chooseBranch(draft, path, shape, to));
  };
  return (
    <div class="branch">
      <label class="branch-choice">
        <span class="sr">{shownName({ path, name })}: </span>
        <span class="quiet">{shape.tag ?? 'kind'}</span>
        <select
          id={`${idOf(path)} branch`}
          value={branch?.key ?? ''}
          disabled={readOnly}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
        >
          {branch === undefined && <option value="">choose…</option>}
          {shape.branches.map(({ key, label }) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {branch === undefined && value !== undefined && <WrongKind {...props} />}
      {branch !== undefined && <Inside {...props} key={branch.key} branch={branch} />}
    </div>
  );
}

function Inside({ branch, shape, ...props }: FieldProps & { shape: UnionShape; branch: Branch }): JSX.Element {
  const { Field } = useForm();
  const model = branch.model();
  if (model.kind === 'object') return <ObjectField {...props} model={model} shape={model} hidden={shape.tag} />;
  return <Field {...props} name={branch.label} model={model} required />;
}
