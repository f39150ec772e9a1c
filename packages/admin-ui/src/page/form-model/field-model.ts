import type { Json } from '../json/json-tree.ts';

/** What the form knows of a value: which control it gets. `json`: none, only the JSON tab can say it, and `why`. */
export type FieldModel = FieldText & FieldShape;

export interface FieldText {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Shown as what is meant when nothing is set. Never written by itself. */
  readonly preset?: Json | undefined;
}

export type FieldShape =
  | ObjectShape
  | RecordShape
  | ListShape
  | TextShape
  | NumberShape
  | UnionShape
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly options: readonly Json[] }
  | { readonly kind: 'nullable'; readonly inner: () => FieldModel }
  | { readonly kind: 'json'; readonly why: string };

export interface ObjectShape {
  readonly kind: 'object';
  readonly fields: readonly ObjectField[];
  /** Names beside the fields; undefined where there are none. */
  readonly others?: (() => FieldModel) | undefined;
}

export interface ObjectField {
  readonly name: string;
  readonly required: boolean;
  /** Read when it is shown: a schema may contain itself. */
  readonly model: () => FieldModel;
}

export interface RecordShape {
  readonly kind: 'record';
  readonly value: () => FieldModel;
  /** A regular expression that names must match. */
  readonly names?: string | undefined;
}

export interface ListShape {
  readonly kind: 'list';
  readonly item: () => FieldModel;
  readonly least: number;
  readonly most: number;
}

export interface TextShape {
  readonly kind: 'text';
  readonly format?: string | undefined;
  readonly shortest?: number | undefined;
  readonly longest?: number | undefined;
  readonly pattern?: string | undefined;
}

export interface NumberShape {
  readonly kind: 'number';
  readonly whole: boolean;
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

export interface UnionShape {
  readonly kind: 'union';
  /** The name whose value says the branch; undefined: the branches differ by what kind of JSON they are. */
  readonly tag?: string | undefined;
  readonly branches: readonly Branch[];
}

export interface Branch {
  /** Unlike those of the others, and the same whenever the schema is read. */
  readonly key: string;
  readonly label: string;
  /** The tag's value. */
  readonly tagged?: Json | undefined;
  readonly model: () => FieldModel;
}
