/** What JavaScript has and its declarations do not yet: the text of a number beside its value, and numbers that are printed as they are told. */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}

const json = JSON as unknown as SourceTextJson;

/** The value of a JSON text. A number that JavaScript would print with other digits stays as it is written: `toJson` prints it so. Throws `SyntaxError`. */
export function parseJson(text: string): unknown {
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && JSON.stringify(value) !== source
      ? json.rawJSON(source)
      : value,
  );
}

/** The JSON text of a value, in one line or indented. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent);
}

/** The digits of a number that JavaScript cannot have; undefined for any other value. */
export function digitsOf(value: unknown): string | undefined {
  return json.isRawJSON(value) ? value.rawJSON : undefined;
}
