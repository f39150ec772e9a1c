import type { ComponentChildren, JSX } from 'preact';
import { resetField, setNull, unsetField } from '../form-model/draft.ts';
import { issuesAt } from '../form-model/hints.ts';
import { startingValue } from '../form-model/starting-value.ts';
import { printShort } from '../json/print-json.ts';
import { Icon } from '../parts/icon.tsx';
import { StateMark } from '../parts/marks.tsx';
import { type FieldProps, idOf, shownName, useForm } from './form-state.ts';

const BLOCKS = new Set(['object', 'record', 'list', 'union', 'json']);

/** A field's name, what is meant while it is not set, what is wrong with it, and what may be done with it. */
export function FieldFrame(props: FieldProps & { readonly children: ComponentChildren }): JSX.Element {
  const { model, path, value, children } = props;
  const { issues } = useForm();
  const id = idOf(path);
  const own = issuesAt(issues, path);
  const isBlock = BLOCKS.has(model.kind);
  const head = (
    <div class="field-head">
      {isBlock ? (
        <FieldName {...props} />
      ) : (
        <label for={id}>
          <FieldName {...props} />
        </label>
      )}
      <FieldActions {...props} />
    </div>
  );
  const body = (
    <>
      {model.description && (
        <p class="field-about" id={`${id} about`}>
          {model.description}
        </p>
      )}
      {(value !== undefined || !isBlock) && children}
      {value === undefined && <Meant {...props} />}
      {own.length > 0 && (
        <ul class="issues" id={`${id} issues`}>
          {own.map(({ message }) => (
            <li key={message}>
              <Icon name="warning" /> {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
  const kind = own.length > 0 ? 'field field-wrong' : 'field';
  if (!isBlock)
    return (
      <div class={kind}>
        {head}
        {body}
      </div>
    );
  return (
    <fieldset class={`${kind} block`} id={`${id} block`} tabIndex={-1}>
      <legend class="sr">{shownName(props)}</legend>
      {head}
      {body}
    </fieldset>
  );
}

function FieldName({ model, path, name, required }: FieldProps): JSX.Element {
  return (
    <span class="field-name">
      {model.title ?? (path.length === 0 ? name : shownName({ path, name }))}
      {model.title !== undefined && model.title !== name && name !== '' && <code class="quiet">{name}</code>}
      {required && (
        <span class="required" title="required">
          <span aria-hidden="true">*</span>
          <span class="sr">required</span>
        </span>
      )}
    </span>
  );
}

/** What readers get while nothing is set here. */
function Meant({ model, path }: FieldProps): JSX.Element | null {
  const { inherited } = useForm();
  const above = inherited(path);
  if (above !== undefined)
    return (
      <p class="meant">
        <StateMark state={above.from === 'default' ? 'default' : 'inherited'} /> <code>{printShort(above.value)}</code>{' '}
        {above.from !== 'default' && <span>from {above.from}</span>}
      </p>
    );
  if (model.preset !== undefined)
    return (
      <p class="meant">
        <StateMark state="default" /> <code>{printShort(model.preset)}</code>
      </p>
    );
  return (
    <p class="meant">
      <StateMark state="unset" />
    </p>
  );
}

function FieldActions({ model, path, name, required, value, nullable }: FieldProps): JSX.Element | null {
  const { change, readOnly, inherited } = useForm();
  if (readOnly || path.length === 0) return value === null ? <StateMark state="null" /> : null;
  const start = () => startingValue(model);
  const isBlock = BLOCKS.has(model.kind);
  const what = path.length === 0 ? 'the value' : shownName({ path, name });
  // What must stand there may come from above.
  const mayGo = !required || inherited(path) !== undefined;
  return (
    <span class="field-actions">
      {value === null && nullable && <StateMark state="null" />}
      {nullable && (
        <button
          type="button"
          class="small-button"
          onClick={() => change(draft => setNull(draft, path, value !== null, start))}
        >
          {value === null ? 'Give a value' : 'Set to null'}
          <span class="sr"> : {what}</span>
        </button>
      )}
      {value === undefined && isBlock && model.kind !== 'json' && (
        <button type="button" class="small-button" onClick={() => change(draft => resetField(draft, path, start))}>
          <Icon name="plus" /> Set here<span class="sr">: {what}</span>
        </button>
      )}
      {value !== undefined && mayGo && typeof path.at(-1) === 'string' && (
        <button type="button" class="small-button" onClick={() => change(draft => unsetField(draft, path))}>
          Unset<span class="sr">: {what}</span>
        </button>
      )}
    </span>
  );
}
