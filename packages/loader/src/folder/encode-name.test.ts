import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeName, encodeName, encodeTwin } from './encode-name.ts';

it.each([
  ['acme', 'acme'],
  ['mailServer.v2', 'mailServer.v2'],
  ['billing/limits', 'billing%2Flimits'],
  ['..', '%2E%2E'],
  ['.git', '%2Egit'],
  ['CON', '%43ON'],
  ['aux.mail', '%61ux.mail'],
  ['console', 'console'],
  ['Zürich', 'Z%C3%BCrich'],
  ['a:b*c', 'a%3Ab%2Ac'],
  ['100%', '100%25'],
  ['@groups', '%40groups'],
])('%s is written %s', (name, file) => {
  expect(encodeName(name)).toBe(file);
  expect(decodeName(file)).toBe(name);
});

it.each([
  ['Acme', '%41cme'],
  ['ACME', '%41%43%4D%45'],
  ['acme', '%61cme'],
  ['Zürich', '%5A%C3%BCrich'],
])('the twin %s is written %s', (name, file) => {
  expect(encodeTwin(name)).toBe(file);
  expect(decodeName(file)).toBe(name);
});

it.each(['a b', 'Zürich', 'a%2f', '%zz', '.git', 'con', 'a%', 'x%62b'])('%s is the spelling of no name', file => {
  expect(decodeName(file)).toBeUndefined();
});

it('every name comes back, and no two are one file where capitals do not count', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), name => {
      if (!name.isWellFormed()) return;
      const file = encodeName(name);
      expect(file).toMatch(/^[A-Za-z0-9._%-]+$/);
      expect(decodeName(file)).toBe(name);
      expect(decodeName(encodeTwin(name))).toBe(name);
    }),
  );
});
