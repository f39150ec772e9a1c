import type { JSX } from 'preact';
import type { Json } from '../json/json-tree.ts';
import { printJson } from '../json/print-json.ts';

/** A browser lays a cell of some MB out for minutes. */
const LONGEST = 5_000;

/** A value as text, as much of it as somebody reads in a table. */
export function LongValue({ json }: { readonly json: Json }): JSX.Element {
  const text = printJson(json);
  return (
    <>
      <code>{text.slice(0, LONGEST)}</code>
      {text.length > LONGEST && (
        <span class="quiet"> And {(text.length - LONGEST).toLocaleString()} more characters.</span>
      )}
    </>
  );
}
