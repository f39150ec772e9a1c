import { expect, it } from 'vitest';
import { checkAuditOptions } from './audit-options.ts';

it.each([{ origin: 'mine' }, { raiseAhead: true }, { restoresMarks: true }])(
  'how a repair goes about it is not for callers to say: %j is refused',
  options => {
    expect(() => checkAuditOptions(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  },
);
