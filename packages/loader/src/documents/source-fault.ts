/** Why a text is no value, and where. It never leaves the package: a scan makes a problem of it. The message holds no value. */
export class SourceFault extends Error {
  override readonly name = 'SourceFault';
  readonly code: 'NOT_PARSED' | 'NOT_JSON';
  /** Where in the text, in UTF-16 units. */
  readonly offset: number;

  constructor(code: 'NOT_PARSED' | 'NOT_JSON', message: string, offset: number) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

/** The text is none of its format. */
export function notParsed(message: string, offset: number): SourceFault {
  return new SourceFault('NOT_PARSED', message, offset);
}

/** The text says something that JSON cannot hold. */
export function notJson(message: string, offset: number): SourceFault {
  return new SourceFault('NOT_JSON', message, offset);
}
