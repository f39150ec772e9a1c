import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { setField, unsetField } from '../form-model/draft.ts';
import type { NumberShape, TextShape } from '../form-model/field-model.ts';
import { issuesAt } from '../form-model/hints.ts';
import { type Json, NumberText, sameJson } from '../json/json-tree.ts';
import { printJson, printShort } from '../json/print-json.ts';
import { type FieldProps, idOf, useForm } from './form-state.ts';
import { WrongKind } from './masked-field.tsx';

/** What all controls say to a screen reader. */
function useControl({ path, model, required }: FieldProps) {
  const { issues, readOnly } = useForm();
  const id = idOf(path);
  const isWrong = issuesAt(issues, path).length > 0;
  const about = [model.description && `${id} about`, isWrong && `${id} issues`].filter(Boolean).join(' ');
  return {
    id: id,
    disabled: readOnly,
    'aria-required': required || undefined,
    'aria-invalid': isWrong || undefined,
    'aria-describedby': about || undefined,
  } as const;
}

function usePlaceholder({ path, model }: FieldProps): string {
  const meant = useForm().inherited(path)?.value ?? model.preset;
  if (meant === undefined) return '';
  return typeof meant === 'string' ? meant : printShort(meant);
}

export function TextField(props: FieldProps & { readonly shape: TextShape }): JSX.Element {
  const { path, value, shape } = props;
  const { change } = useForm();
  const control = useControl(props);
  const placeholder = usePlaceholder(props);
  if (value !== undefined && typeof value !== 'string') return <WrongKind {...props} />;
  const onInput = ({ currentTarget }: { currentTarget: { value: string } }): void =>
    change(draft => setField(draft, path, currentTarget.value));
  const text = value ?? '';
  if (text.includes('\n') || text.length > 100 || (shape.longest ?? 0) > 200)
    return <textarea {...control} rows={4} value={text} placeholder={placeholder} onInput={onInput} />;
  const input = { ...control, value: text, placeholder, onInput, autocomplete: 'off', spellcheck: false } as const;
  const fits = value === undefined || isOf(shape.format, text);
  // One by one: each type of an input has attributes of its own.
  if (fits && shape.format === 'email') return <input {...input} type="email" />;
  if (fits && shape.format === 'uri') return <input {...input} type="url" />;
  if (fits && shape.format === 'date') return <input {...input} type="date" />;
  if (fits && shape.format === 'time') return <input {...input} type="time" />;
  return <input {...input} type="text" />;
}

/** Browsers show nothing in a date field whose text is no date: then it is a field of text. */
function isOf(format: string | undefined, text: string): boolean {
  if (format === 'date') return /^(\d{4}-\d\d-\d\d)?$/.test(text);
  if (format === 'time') return /^(\d\d:\d\d(:\d\d)?)?$/.test(text);
  return true;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A text field: the browser's number field would write the number its own way. */
export function NumberField(props: FieldProps & { readonly shape: NumberShape }): JSX.Element {
  const { path, value, shape } = props;
  const { change } = useForm();
  const control = useControl(props);
  const placeholder = usePlaceholder(props);
  const stored = value instanceof NumberText ? value.text : '';
  const [typed, setTyped] = useState(stored);
  // Another hand: the JSON tab, a merge, a step back.
  useEffect(() => {
    if (NUMBER.test(typed) || typed === '' || stored === '') setTyped(stored);
  }, [stored]);
  if (value !== undefined && !(value instanceof NumberText)) return <WrongKind {...props} />;
  const isNumber = NUMBER.test(typed.trim());
  const onInput = ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
    const text = currentTarget.value;
    setTyped(text);
    if (text.trim() === '') change(draft => unsetField(draft, path));
    else if (NUMBER.test(text.trim())) change(draft => setField(draft, path, new NumberText(text.trim())));
  };
  return (
    <>
      <input
        {...control}
        type="text"
        inputMode={shape.whole ? 'numeric' : 'decimal'}
        value={typed}
        placeholder={placeholder}
        onInput={onInput}
        autocomplete="off"
      />
      {typed !== '' && !isNumber && <p class="issue">This is not a number yet; the last one is kept.</p>}
      <Bounds shape={shape} />
    </>
  );
}

function Bounds({ shape: { whole, least, most } }: { readonly shape: NumberShape }): JSX.Element | null {
  const low = least !== undefined && least > Number.MIN_SAFE_INTEGER ? `at least ${least.toLocaleString('en')}` : '';
  const high = most !== undefined && most < Number.MAX_SAFE_INTEGER ? `at most ${most.toLocaleString('en')}` : '';
  const text = [whole ? 'whole' : '', low, high].filter(Boolean).join(', ');
  return text === '' ? null : <p class="field-bounds">{text}</p>;
}

/** One of a few values. "Not set" is a choice too, unless something must stand here. */
export function ChoiceField(props: FieldProps & { readonly options: readonly Json[] }): JSX.Element {
  const { path, value, options } = props;
  const { change } = useForm();
  const control = useControl(props);
  const meant = usePlaceholder(props);
  const at = value === undefined ? -1 : options.findIndex(option => sameJson(option, value));
  if (value !== undefined && at < 0) return <WrongKind {...props} />;
  const onChange = ({ currentTarget }: { currentTarget: HTMLSelectElement }): void => {
    const option = options[Number(currentTarget.value)];
    change(draft => (option === undefined ? unsetField(draft, path) : setField(draft, path, option)));
  };
  // Of `1` and `"1"` nobody could tell which is which.
  const texts = options.map(optionText);
  return (
    <select {...control} value={String(at)} onChange={onChange}>
      {(at < 0 || !props.required || meant !== '') && (
        <option value="-1">{meant === '' ? 'not set' : `not set (${meant})`}</option>
      )}
      {options.map((option, position) => (
        <option key={printJson(option, 0)} value={String(position)}>
          {texts.filter(text => text === texts[position]).length > 1 ? printJson(option, 0) : texts[position]}
        </option>
      ))}
    </select>
  );
}

function optionText(option: Json): string {
  if (option === true) return 'yes';
  if (option === false) return 'no';
  return typeof option === 'string' ? option : printJson(option, 0);
}
