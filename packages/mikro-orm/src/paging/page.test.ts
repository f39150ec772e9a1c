import { describe, expect, it } from 'vitest';
import { checkPage } from './page.ts';

const refused = expect.objectContaining({ code: 'INVALID_OPTION' });

// E7
describe('the limit of a page', () => {
  it.each([0, -1, 1.5, 1_001, Number.NaN, '5' as never])('cannot be %j', limit => {
    expect(() => checkPage('list', { limit })).toThrow(refused);
  });

  it('is 100 by default, and a misspelt option is refused', () => {
    expect(checkPage('list', {})).toEqual({ limit: 100 });
    expect(checkPage('list', { limit: 1_000 })).toEqual({ limit: 1_000 });
    expect(() => checkPage('list', { limt: 1 } as never)).toThrow(refused);
  });
});
