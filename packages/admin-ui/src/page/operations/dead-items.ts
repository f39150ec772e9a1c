import type { AnswerOf } from '../api/request.ts';

/** Something that was given up on, as the table shows it. */
export interface DeadItem {
  readonly id: string;
  readonly what: string;
  /** A tenant's, where it has one. */
  readonly scope: string | undefined;
  readonly error: string;
  readonly attempts: number;
  /** ms since 1970. */
  readonly at: number;
}

export function deadRow(row: AnswerOf<'deadRows.list'>['items'][number]): DeadItem {
  const { id, definition, recordId, tenant, error, attempts, createdAt } = row;
  return { id, what: `${definition} ${recordId}`, scope: scopeOf(tenant), error, attempts, at: createdAt };
}

export function deadLetter(letter: AnswerOf<'deadLetters.list'>['items'][number]): DeadItem {
  const { id, config, version, op, tenant, error, attempts, diedAt } = letter;
  return { id, what: `${config} v${version}, ${op}`, scope: scopeOf(tenant), error, attempts, at: diedAt };
}

function scopeOf(tenant: string | undefined): string | undefined {
  if (tenant === undefined) return undefined;
  return tenant === 'global' || /^(groups|tenants)\//.test(tenant) ? tenant : `tenants/${tenant}`;
}
