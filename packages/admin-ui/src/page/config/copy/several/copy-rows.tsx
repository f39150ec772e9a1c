import type { JSX } from 'preact';
import { treeOf } from '../../../form-model/editing.ts';
import { fieldDiff } from '../../../merge/field-diff.ts';
import { DiffTable } from '../../../parts/diff-table.tsx';
import type { CopyRow } from './plan-copy.ts';

interface CopyRowsProps {
  readonly rows: readonly CopyRow[];
  readonly withSecrets: boolean;
}

/** Each config with what becomes of it; those that change with their fields. */
export function CopyRows({ rows, withSecrets }: CopyRowsProps): JSX.Element {
  return (
    <ul class="impact-list" aria-label="What the copy does">
      {rows.map(row =>
        row.kind === 'write' ? (
          <li key={row.config}>
            <details open={rows.length < 4}>
              <summary>
                <strong>{row.config}</strong> {row.before === undefined ? 'is new there' : `replaces v${row.version}`}
                <Remarks row={row} />
              </summary>
              <DiffTable
                changes={fieldDiff(treeOf(row.before), treeOf(row.json))}
                before={row.before === undefined ? 'not set' : `v${row.version}`}
                after="the copy"
              />
            </details>
          </li>
        ) : (
          <li key={row.config}>
            <strong>{row.config}</strong> <span class="quiet">{saidOf(row, withSecrets)}</span>
            {withSecrets && <Remarks row={row} />}
          </li>
        ),
      )}
    </ul>
  );
}

function saidOf({ kind, why }: CopyRow, withSecrets: boolean): string {
  if (kind === 'same') return 'is the same already';
  if (kind === 'secret')
    return withSecrets ? 'is a secret, and written: it cannot be compared' : 'is not copied: it is a secret';
  return `is not copied. ${why}`;
}

function Remarks({ row: { ends, problem } }: { readonly row: CopyRow }): JSX.Element {
  return (
    <>
      {ends && <span class="quiet"> · the copy has no end</span>}
      {problem !== undefined && <span class="issue"> would be refused: {problem}</span>}
    </>
  );
}
