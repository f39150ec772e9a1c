import { describe, expect, it } from 'vitest';
import { etagOf, hasAlready, matchesRecord } from './etag.ts';

const ACME = 'tenants/acme plan';
const tag = etagOf(ACME, 3, { from: 'global' });

describe('a condition to write', () => {
  it.each<[what: string, header: string, isMatched: boolean]>([
    ['the tag itself', tag, true],
    ['with other news from above', etagOf(ACME, 3, { from: 'tenants/acme' }), true],
    ['in a list', `"v1", ${tag} ,"x"`, true],
    ['another version', etagOf(ACME, 4), false],
    ['the same version of another record', etagOf('tenants/zeta plan', 3), false],
    ['a version that begins alike', etagOf(ACME, 33), false],
    ['made weak by a proxy that compresses', `W/${tag}`, true],
    ['made longer by one', `${tag.slice(0, -1)}-gzip"`, true],
    ['weak, of another version', `W/${etagOf(ACME, 4)}`, false],
    ['within quotes of another', `"a ${tag.slice(1, -1)}`, false],
    ['nothing', '', false],
    ['unquoted', tag.slice(1, -1), false],
  ])('%s', (_, header, isMatched) => {
    expect(matchesRecord(header, ACME, 3, true)).toBe(isMatched);
  });

  it('`*` is met by what is set, and by nothing else', () => {
    expect(matchesRecord('*', ACME, 3, true)).toBe(true);
    expect(matchesRecord(' * ', ACME, 3, false)).toBe(false);
  });
});

describe('a condition to read', () => {
  it('is met by the whole tag, weak or not, in a list or not', () => {
    for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) expect(hasAlready(header, tag)).toBe(true);
    for (const header of [null, '', etagOf(ACME, 3), `${tag}x`]) expect(hasAlready(header, tag)).toBe(false);
  });
});
