import { isDeepStrictEqual } from 'node:util';
import { GROUPS_NAME } from '../../scopes/scopes-state.ts';
import type { Checker } from '../checker.ts';
import { shown } from '../scopes/scope-truth.ts';
import { isOfAFile } from './is-of-a-file.ts';

/** At the end the tables have what the files say, and nothing that files once said and say no more. */
export const asTheFilesSay: Checker = {
  promise: 'files',
  name: 'as they say',
  isFinal: true,
  check({ final: { files, scopes } }) {
    const breaches: string[] = [];
    for (const [key, value] of files.said) {
      const stored = scopes.tables.get(key)?.value;
      if (!isDeepStrictEqual(stored, value))
        breaches.push(`The files say ${shown(value)} of "${key}", and the database has ${shown(stored)}.`);
    }
    for (const [key, { version, origin }] of scopes.tables) {
      // A group that others are in, or that has values of others, stays.
      if (files.said.has(key) || key.endsWith(` ${GROUPS_NAME}`) || !isOfAFile(origin)) continue;
      breaches.push(`No file says anything of "${key}" any more, and version ${version} by ${origin} stands.`);
    }
    return breaches;
  },
};
