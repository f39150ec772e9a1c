import type { Scope } from '@tenantry/protocol';
import type { FileProblem } from '../folder/file-problem.ts';

/** The problem of a file in the place of the folder of a scope of which something is set: what is set stays. */
export function misplaced(path: string, scope: Scope): FileProblem {
  const message = 'the folder of a scope is expected here, and this is a file: a link that was written as one?';
  return { path, scope, code: 'NO_SCOPE', message };
}
