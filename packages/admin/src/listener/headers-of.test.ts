import { expect, it } from 'vitest';
import { headersOf, hostsOf } from './headers-of.ts';

const raw = (...pairs: [string, string][]) => ({ rawHeaders: pairs.flat() });

it('cookies that a browser sends one by one, as over HTTP/2, are one header, and what HTTP/2 says of the request is none', () => {
  const headers = headersOf(raw([':path', '/'], ['cookie', 'a=1'], ['cookie', 'b=2'], ['X-User', 'ann']));
  expect([...headers]).toEqual([
    ['cookie', 'a=1; b=2'],
    ['x-user', 'ann'],
  ]);
});

it.each<[what: string, pairs: [string, string][], hosts: string[]]>([
  ['none', [['accept', '*/*']], []],
  ['one', [['Host', 'a']], ['a']],
  [
    'the same twice',
    [
      ['Host', 'a'],
      ['host', 'a'],
    ],
    ['a', 'a'],
  ],
  ['that of HTTP/2', [[':authority', 'a']], ['a']],
  [
    'the same by both names of HTTP/2',
    [
      [':authority', 'a'],
      ['host', 'a'],
    ],
    ['a'],
  ],
  [
    'another by each name of HTTP/2',
    [
      [':authority', 'a'],
      ['host', 'b'],
    ],
    ['a', 'b'],
  ],
])('of the host %s is known', (_, pairs, hosts) => {
  expect(hostsOf(raw(...pairs))).toEqual(hosts);
});
