import { createHash } from 'node:crypto';

/**
 * The strong ETag of a record: its version, the record it is of, and what its answer says beside (`rest`: what comes from other scopes may change
 * alone). A condition to write looks at the first two, so a writer is not stopped by what happens elsewhere.
 */
export function etagOf(record: string, version: number, rest: unknown = ''): string {
  return `"v${version}-${digest(record)}-${digest(rest)}"`;
}

/**
 * Whether `If-Match` lets a write of this record go on: `*` matches what is set, a list one of its own. A proxy that compresses an answer makes its tag
 * weak (nginx, Cloudflare) or adds to its end (Apache): it still names the version, and that is what the writer has seen.
 */
export function matchesRecord(header: string, record: string, version: number, isSet: boolean): boolean {
  if (header.trim() === '*') return isSet;
  const start = `"v${version}-${digest(record)}`;
  return tagsOf(header).some(tag => tag === `${start}"` || tag.startsWith(`${start}-`));
}

/** How often a write may find that another one was faster: with `If-Match: *` it is to write over that, too, and each time one of them is done. */
export function triesOf(request: Request): number {
  return request.headers.get('if-match')?.trim() === '*' ? 50 : 1;
}

/** Whether `If-None-Match` says that the caller has it already. Weak ones count: it is a read. */
export function hasAlready(header: string | null, etag: string): boolean {
  if (header === null) return false;
  if (header.trim() === '*') return true;
  return tagsOf(header).includes(etag);
}

/** The ETags of a list, weak ones as if they were strong; what is none is left out. */
function tagsOf(header: string): string[] {
  // As they stand: a tag within the quotes of another is none.
  return [...header.matchAll(/(?:^|,)\s*(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")(?=\s*(?:,|$))/g)].map(
    ([, tag = '']) => tag,
  );
}

function digest(of: unknown): string {
  return createHash('sha256').update(JSON.stringify(of)).digest('base64url').slice(0, 11);
}
