import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXIT, exitCodeOf, NAMED_CODES } from '../../failures/exit-codes.ts';
import { errorTextsOfDocs } from './error-texts.fixture.ts';

const FILE = new URL('./error-texts.json', import.meta.url);
const wanted = errorTextsOfDocs();

it('the program knows what the docs say of every code (TENANTRY_WRITE_DOCS=1 writes it)', () => {
  if (process.env.TENANTRY_WRITE_DOCS) writeFileSync(FILE, `${JSON.stringify(wanted, null, 2)}\n`);
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(wanted);
});

// C10
it('every code of docs/reference/errors.md and admin-api.md has an exit code, and each that ends otherwise than with 1 is in the docs', () => {
  const codes = wanted.map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(60);
  for (const code of ['CONFLICT', 'NOT_SIGNED_IN', 'UNREACHABLE', 'REWOUND']) expect(codes).toContain(code);
  expect(codes.filter(code => ![EXIT.failed, EXIT.refused, EXIT.partly].includes(exitCodeOf(code) as never))).toEqual(
    [],
  );
  expect(NAMED_CODES.filter(code => !codes.includes(code))).toEqual([]);
  expect(wanted.filter(({ happened }) => happened === '')).toEqual([]);
});
