import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from './tenantry-error.ts';

const page = readFileSync(new URL('../../../../docs/reference/errors.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter(line => /^\| `[A-Z_]+` +\|/.test(line))
  .map(line => line.split('|').slice(1, -1))
  .map(cells => cells.map(cell => cell.trim()));

describe('docs/reference/errors.md', () => {
  it('explains every code, once, and no other', () => {
    expect(rows.map(([code]) => code?.slice(1, -1)).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it.each(rows)('says of %s what happened, what that means, what to do, and whether to try again', (...cells) => {
    expect(cells).toHaveLength(5);
    expect(cells.every(cell => cell.length > 0)).toBe(true);
    const code = cells[0]?.slice(1, -1) as ErrorCode;
    expect(cells[4]).toBe(ERROR_CODES[code].retryable ? 'yes' : 'no');
  });
});
