import { isDeepStrictEqual } from 'node:util';
import { GROUPS_NAME, inScope, type ScopeRevision } from '../../scopes/scopes-state.ts';
import type { Checker } from '../checker.ts';
import { shown } from '../scopes/scope-truth.ts';
import { isOfAFile } from './is-of-a-file.ts';

/** A file makes no version that says what the one before said, and takes nothing away that others have set. */
export const writtenOnce: Checker = {
  promise: 'files',
  name: 'written once',
  isFinal: false,
  check({ final: { scopes } }) {
    const breaches: string[] = [];
    const last = new Map<string, ScopeRevision>();
    for (const revision of scopes.revisions) {
      const { scope, config, version, value, origin } = revision;
      const key = inScope(scope, config);
      const before = last.get(key);
      last.set(key, revision);
      if (!isOfAFile(origin)) continue;
      const what = `Version ${version} of "${key}" by ${origin}`;
      if (before && isDeepStrictEqual(before.value, value))
        breaches.push(`${what} says what version ${before.version} said: ${shown(value)}.`);
      // A group goes as a whole, and what was there of it was made by others or by a file.
      if (value === undefined && config !== GROUPS_NAME && !isOfAFile(before?.origin))
        breaches.push(`${what} took away what ${before?.origin ?? 'a program'} had set in version ${before?.version}.`);
    }
    return breaches;
  },
};
