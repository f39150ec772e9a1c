import { exitCodeOf } from '../../failures/exit-codes.ts';
import { wrongUse } from '../../failures/failure.ts';
import type { Output } from '../../output/output.ts';
import ERROR_TEXTS from './error-texts.json' with { type: 'json' };

/** What the docs say of a code. */
export interface ErrorText {
  readonly code: string;
  readonly happened: string;
  readonly means?: string;
  readonly todo?: string;
  readonly retryable?: string;
}

/** Every code and what the program ends with. */
export async function errorsPage(out: Output): Promise<undefined> {
  const items = (ERROR_TEXTS as readonly ErrorText[]).map(each => ({ ...each, exit: exitCodeOf(each.code) }));
  await out.list(
    [items],
    [
      { title: 'CODE', of: ({ code }) => code },
      { title: 'EXIT', of: ({ exit }) => exit, right: true },
      { title: 'WHAT HAPPENED', of: ({ happened }) => happened },
    ],
  );
  return undefined;
}

/** One of them, whole. `INVALID_OPTION` where there is no such code. */
export async function errorLines(code: string, out: Output): Promise<undefined> {
  const found = (ERROR_TEXTS as readonly ErrorText[]).find(each => each.code === code.toUpperCase());
  if (!found) throw wrongUse(`There is no code ${JSON.stringify(code)}: see \`tenantry help errors\`.`);
  const { happened, means, todo, retryable } = found;
  const exit = exitCodeOf(found.code);
  const pairs = { code: found.code, exit, happened, means, 'what to do': todo, retryable };
  await out.one({ ...found, exit }, out.pairs(pairs));
  return undefined;
}
