/** What a refusal may have beside its code. */
export interface RefusedOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What stands now, for a merge. */
  readonly current?: unknown;
  /** Where in the request, and why: never a value. */
  readonly details?: unknown;
  readonly retryable?: boolean | undefined;
}

/** A request that is not answered with what it asked for. Becomes `application/problem+json`. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;
  readonly options: RefusedOptions;

  constructor(status: number, code: string, message: string, options: RefusedOptions = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.options = options;
  }
}

/** The one answer to what is not there and to what one may not see: nobody can tell the two apart. */
export function notFound(): Refused {
  return new Refused(404, 'NOT_FOUND', 'There is nothing here, or you may not see it.');
}

/** The caller may see it, and may not do this with it. */
export function forbidden(verb: string): Refused {
  return new Refused(403, 'FORBIDDEN', `You may not do this: it needs the right "${verb}".`, { details: { verb } });
}
