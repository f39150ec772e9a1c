import type { JSX } from 'preact';
import type { Json } from '../json/json-tree.ts';
import { spokenPath } from '../json/pointer.ts';
import type { FieldChange } from '../merge/field-diff.ts';
import { Icon } from './icon.tsx';
import { LongValue } from './long-value.tsx';

interface DiffTableProps {
  readonly changes: readonly FieldChange[];
  readonly before: string;
  readonly after: string;
}

/** Thousands would take a browser seconds, and nobody reads them. */
const MOST_SHOWN = 500;

/** What differs, one field a row, old beside new. */
export function DiffTable({ changes, before, after }: DiffTableProps): JSX.Element {
  if (changes.length === 0) return <p class="quiet">Nothing differs.</p>;
  return (
    <>
      <Rows changes={changes} before={before} after={after} />
      {changes.length > MOST_SHOWN && (
        <p class="quiet">And {changes.length - MOST_SHOWN} more fields: the text shows all of them.</p>
      )}
    </>
  );
}

function Rows({ changes, before, after }: DiffTableProps): JSX.Element {
  return (
    <table class="plain diff">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">{before}</th>
          <th scope="col">{after}</th>
        </tr>
      </thead>
      <tbody>
        {changes.slice(0, MOST_SHOWN).map(change => (
          <tr key={change.path}>
            <th scope="row">{spokenPath(change.path)}</th>
            <td class="was">
              <Value json={change.before} />
            </td>
            <td class="is">
              <Value json={change.after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ json }: { readonly json: Json | undefined }): JSX.Element {
  if (json === undefined)
    return (
      <span class="quiet">
        <Icon name="none" /> not set
      </span>
    );
  return <LongValue json={json} />;
}
