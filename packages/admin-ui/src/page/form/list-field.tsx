import type { JSX } from 'preact';
import { moveItem, removeItem, setField } from '../form-model/draft.ts';
import type { ListShape } from '../form-model/field-model.ts';
import { startingValue } from '../form-model/starting-value.ts';
import type { JsonList } from '../json/json-tree.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { type FieldProps, useForm } from './form-state.ts';

/** Longer lists are for the JSON tab: nobody moves a thousand fields around. */
const MOST_SHOWN = 100;

export function ListField({ path, name, value, shape }: FieldProps & { readonly shape: ListShape }): JSX.Element {
  const { change, readOnly, openText, Field } = useForm();
  const list: JsonList = Array.isArray(value) ? value : [];
  const model = shape.item();
  const add = (): void => change(draft => setField(draft, [...path, list.length], startingValue(model)));
  return (
    <div class="list">
      {list.length === 0 && <p class="quiet">An empty list.</p>}
      <ol class="items">
        {list.slice(0, MOST_SHOWN).map((item, position) => (
          <li class="item" key={position}>
            <Field model={model} path={[...path, position]} name={`${position + 1}`} required value={item} />
            {!readOnly && <ItemActions list={name} path={path} position={position} length={list.length} />}
          </li>
        ))}
      </ol>
      {list.length > MOST_SHOWN && (
        <p class="quiet">
          And {list.length - MOST_SHOWN} more.{' '}
          <button type="button" class="link-button" onClick={openText}>
            Edit them as JSON
          </button>
        </p>
      )}
      {!readOnly && list.length < Math.min(shape.most, MOST_SHOWN) && (
        <button type="button" class="small-button" onClick={add}>
          <Icon name="plus" /> Add<span class="sr"> to {name}</span>
        </button>
      )}
    </div>
  );
}

interface ItemActionsProps {
  readonly list: string;
  readonly path: FieldProps['path'];
  readonly position: number;
  readonly length: number;
}

function ItemActions({ list, path, position, length }: ItemActionsProps): JSX.Element {
  const { change } = useForm();
  const what = `item ${position + 1} of ${list}`;
  const button = (icon: IconName, text: string, act: () => void, disabled = false): JSX.Element => (
    <button type="button" class="quiet-button" disabled={disabled} onClick={act} title={text}>
      <Icon name={icon} />
      <span class="sr">
        {text}: {what}
      </span>
    </button>
  );
  return (
    <span class="item-actions">
      {button('up', 'Move up', () => change(draft => moveItem(draft, path, position, position - 1)), position === 0)}
      {button(
        ...(['down', 'Move down', () => change(draft => moveItem(draft, path, position, position + 1))] as const),
        position === length - 1,
      )}
      {button('trash', 'Remove', () => change(draft => removeItem(draft, path, position)))}
    </span>
  );
}
