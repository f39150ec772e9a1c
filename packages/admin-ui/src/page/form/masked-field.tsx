import type { JSX } from 'preact';
import { setField } from '../form-model/draft.ts';
import { kindOf } from '../form-model/kinds.ts';
import { startingValue } from '../form-model/starting-value.ts';
import type { Json } from '../json/json-tree.ts';
import { printShort } from '../json/print-json.ts';
import { Badge } from '../parts/marks.tsx';
import { type FieldProps, useForm } from './form-state.ts';

/** What the server shows instead of a secret. Written back, it stands for the secret that is there. */
const MASK = '******';

export function isMasked(value: Json | undefined): boolean {
  return value === MASK;
}

/** A secret number or choice: it stays, or is replaced. */
export function MaskedField(props: FieldProps): JSX.Element {
  return (
    <div class="only-text">
      <Badge icon="secret" text="masked" />
      <Replace {...props} />
    </div>
  );
}

/** Something else stands here than the schema wants. It is not thrown away unasked. */
export function WrongKind(props: FieldProps): JSX.Element {
  const { value } = props;
  return (
    <div class="only-text">
      <code>{printShort(value)}</code>
      <p class="issue">The schema does not expect this {value === undefined ? 'value' : kindOf(value)} here.</p>
      <Replace {...props} />
    </div>
  );
}

function Replace({ path, model, name }: FieldProps): JSX.Element | null {
  const { change, readOnly } = useForm();
  if (readOnly) return null;
  return (
    <button
      type="button"
      class="small-button"
      onClick={() => change(draft => setField(draft, path, startingValue(model)))}
    >
      Replace<span class="sr"> {name}</span>
    </button>
  );
}
