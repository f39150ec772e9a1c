import type { AnyConfig } from '@tenantry/protocol';
import { diffJson, type JsonPatchOperation, maskSecret } from '@tenantry/protocol/internal';

/** A step of a JSON Patch (RFC 6902). `test` says what stood there, before a `remove`. */
export type AuditOperation =
  | JsonPatchOperation
  | { readonly op: 'test'; readonly path: string; readonly value: unknown };

/** A diff of the audit log, as its column has it, is at most so long, in bytes: a `text` of MySQL ends at 64 KiB. */
export const MOST_DIFF_BYTES = 64_000;

/** What a change does to a value. No old value is in it; new ones of a secret, or of a config that is not known, are masked. */
export function maskedDiff(
  definition: AnyConfig | undefined,
  before: string | undefined,
  after: string | undefined,
): readonly AuditOperation[] {
  return maskOperations(definition, diffJson(parse(before), parse(after)));
}

/** A value that somebody damaged in the database is replaced as any other. */
function parse(json: string | undefined): unknown {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** The same steps without a value of a secret. */
export function maskOperations(
  definition: AnyConfig | undefined,
  operations: readonly AuditOperation[],
): readonly AuditOperation[] {
  return operations.map(operation =>
    operation.op === 'remove' ? operation : { ...operation, value: maskSecret(definition, operation.value) },
  );
}

/** The steps as text. Those that do not fit are left out from the first of them on, and counted at the end. */
export function diffText(operations: readonly AuditOperation[]): string {
  const texts: string[] = [];
  let bytes = Buffer.byteLength('[{"truncated":9007199254740991}]');
  for (const operation of operations) {
    const text = JSON.stringify(operation);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > MOST_DIFF_BYTES) {
      texts.push(JSON.stringify({ truncated: operations.length - texts.length }));
      break;
    }
    texts.push(text);
  }
  return `[${texts.join(',')}]`;
}

/** A diff as it was stored. */
export interface StoredDiff {
  readonly operations: readonly AuditOperation[];
  /** How many more steps there were, which did not fit. */
  readonly truncated: number;
}

/** The steps of such a text. */
export function parseDiff(text: string): StoredDiff {
  const all = JSON.parse(text) as (AuditOperation | { readonly truncated: number })[];
  const operations = all.filter(each => 'op' in each);
  const [end] = all.filter(each => 'truncated' in each);
  return { operations, truncated: end?.truncated ?? 0 };
}
