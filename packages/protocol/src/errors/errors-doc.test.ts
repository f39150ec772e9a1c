import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from './tenantry-error.ts';

const page = readFileSync(new URL('../../../../docs/reference/errors.md', import.meta.url), 'utf8');
const sections = page
  .split(/^#{2,3} /m)
  .filter(section => section.startsWith('`'))
  .map(section => {
    const [heading = '', ...lines] = section.split('\n');
    const answers = lines.flatMap(line => [...(/^- \*\*(.+):\*\* (.+)$/.exec(line)?.slice(1) ?? [])]);
    return [heading.slice(1, -1) as ErrorCode, answers] as const;
  });

describe('docs/reference/errors.md', () => {
  it('has a heading for every code, once, and for no other', () => {
    expect(sections.map(([code]) => code).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it.each(sections)(
    'says of %s what happened, what it means, what to do, and whether to try again',
    (code, answers) => {
      expect(answers.filter((_, i) => i % 2 === 0)).toEqual([
        'What happened',
        'What it means',
        'What to do',
        'Retryable',
      ]);
      expect(answers.at(-1)).toBe(ERROR_CODES[code].retryable ? 'yes' : 'no');
    },
  );
});
