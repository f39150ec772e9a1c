import { Refused } from '../../http/refused.ts';

/** The answer to what is asked of servers, where the admin shows a folder. */
export async function notSupported(): Promise<never> {
  throw new Refused(
    501,
    'NOT_SUPPORTED',
    'This admin shows a folder: there is no database, no Redis, no worker and no grant behind it.',
  );
}
