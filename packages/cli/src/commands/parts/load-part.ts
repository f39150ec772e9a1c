import { Failure } from '../../failures/failure.ts';

/** The module of a part, or `NOT_INSTALLED` with what to install: the command line brings no part along. */
export async function loadPart<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    const missing = /Cannot find package '([^']+)'/.exec(String(message))?.[1];
    if (code !== 'ERR_MODULE_NOT_FOUND' || missing === undefined) throw error;
    // The part may be there, and what it needs beside it may not.
    const whose = missing === name ? 'This' : name;
    throw new Failure('NOT_INSTALLED', `${whose} needs ${missing}, which is not installed: npm install ${missing}`);
  }
}
