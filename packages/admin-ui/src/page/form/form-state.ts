import { createContext, type JSX } from 'preact';
import { useContext } from 'preact/hooks';
import type { Draft } from '../form-model/draft.ts';
import type { FieldModel } from '../form-model/field-model.ts';
import type { Issue } from '../form-model/hints.ts';
import type { Json, Path } from '../json/json-tree.ts';
import { pointerOf } from '../json/pointer.ts';

/** What the fields of one form share. */
export interface FormState {
  readonly draft: Draft;
  readonly change: (next: (draft: Draft) => Draft) => void;
  readonly issues: readonly Issue[];
  readonly readOnly: boolean;
  /** What would stand at a path if nothing were set here, and where that comes from. */
  readonly inherited: (path: Path) => Inherited | undefined;
  /** Goes to the JSON tab. */
  readonly openText: () => void;
  /** Shows a field: objects, lists and unions have fields in them. */
  readonly Field: (props: FieldProps) => JSX.Element;
}

export interface FieldProps {
  readonly model: FieldModel;
  readonly path: Path;
  readonly name: string;
  readonly required: boolean;
  /** Undefined: not set here. */
  readonly value: Json | undefined;
  /** That null may stand here: the field is of a nullable. */
  readonly nullable?: boolean;
}

export interface Inherited {
  readonly value: Json;
  /** A scope, or `default`. */
  readonly from: string;
}

/** What a field is called: JSON has names of which one sees nothing, too. */
export function shownName({ path, name }: Pick<FieldProps, 'path' | 'name'>): string {
  if (name.trim() !== '') return name;
  return path.length === 0 ? 'the whole value' : JSON.stringify(name);
}

export const FormContext = createContext<FormState | undefined>(undefined);

export function useForm(): FormState {
  const form = useContext(FormContext);
  if (form === undefined) throw new Error('There is no form around this field.');
  return form;
}

/** Of the element that a field's label and its issues point at. */
export function idOf(path: Path): string {
  return `field${pointerOf(path)}`;
}
