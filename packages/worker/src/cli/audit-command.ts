import type { AnyOrm } from '@tenantry/mikro-orm';
import { type AuditFinding, type AuditSummary, replication } from '@tenantry/mikro-orm';

/** What `tenantry-worker audit` was asked for. */
export interface AuditFlags {
  readonly repair: boolean;
  readonly resync: boolean;
  readonly json: boolean;
  readonly tenant: string | undefined;
  readonly after: string | undefined;
}

/** 0: Redis has what the database has. 1: findings are left. 2: it was stopped. */
export type AuditExit = 0 | 1 | 2;

/** One audit, told line by line: a table for people, or an object a line for programs. */
export async function runAudit(
  orm: AnyOrm,
  { repair, resync, json, tenant, after }: AuditFlags,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<AuditExit> {
  let told = 0;
  const onFinding = (finding: AuditFinding) => {
    if (json) return write(JSON.stringify({ finding: { ...finding, tenant: nameOf(finding) } }));
    if (told++ === 0) write(toLine(HEADINGS));
    write(toLine(toCells(finding)));
  };
  const replicated = replication(orm);
  const summary = resync
    ? await replicated.resync({ onFinding, signal })
    : await replicated.audit({ repair, tenant, after, onFinding, signal });
  // What was published by the way is acknowledged before the connections are closed.
  await replicated.settled();
  if (json) write(JSON.stringify({ summary }));
  else for (const line of describe(summary)) write(line);
  if (!summary.complete) return 2;
  return summary.left > 0 ? 1 : 0;
}

const HEADINGS = ['KIND', 'TENANT', 'RECORD', 'KEY', 'AGE', 'REPAIRED'];
const WIDTHS = [13, 16, 32, 32, 8, 0];

const toLine = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(WIDTHS[i] as number))
    .join(' ')
    .trimEnd();

function toCells({ kind, owner, address = '-', ageMs, code, repaired, tenant }: AuditFinding): string[] {
  const age = ageMs === undefined ? '-' : `${Math.round(ageMs / 1000)}s`;
  return [kind, nameOf({ tenant }), owner, address, age, code ?? (repaired ? 'yes' : 'no')];
}

/** The one global tenant has no id. */
const nameOf = ({ tenant }: Pick<AuditFinding, 'tenant'>): string => (typeof tenant === 'string' ? tenant : '@global');

function describe({
  rows,
  records,
  keys,
  found,
  repaired,
  left,
  waiting,
  complete,
  after,
  ms,
}: AuditSummary): string[] {
  const kinds = Object.entries(found).filter(([, count]) => count > 0);
  const kindsText = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    `${rows} rows, ${records} records and ${keys} stray keys compared in ${(ms / 1000).toFixed(1)} s`,
    `${kindsText || 'nothing'} found, ${repaired} repaired, ${left} left`,
    ...(waiting > 0 ? [`${waiting} were still being published: audit again`] : []),
    ...(found.ahead > 0 && left > 0
      ? ['Redis is ahead of the database: was it restored from a backup? Run with --resync']
      : []),
    ...(complete ? [] : [`stopped; go on with --after ${after}`]),
  ];
}
