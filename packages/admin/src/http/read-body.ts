import type { LongBodyTurn } from './long-bodies.ts';
import { parseLossless } from './lossless-json.ts';
import { Refused } from './refused.ts';

/** Bounds of a body. */
export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

/**
 * The JSON of a body. `PAYLOAD_TOO_LARGE` as soon as it is longer than it may be, whatever its head says; `BODY_TIMEOUT` for one that comes too
 * slowly; `UNSUPPORTED_MEDIA_TYPE`, `NOT_JSON`. With `long` it may be as long as that says, and waits for its turn where it is longer than others may be.
 */
export async function readJsonBody(request: Request, limits: BodyLimits, long?: LongBodyTurn): Promise<unknown> {
  return parseLossless(await readJsonText(request, limits, long));
}

/** The text of a body that says it is JSON, for whoever reads numbers as they come. Refused as the above, but for what is no JSON. */
export async function readJsonText(request: Request, limits: BodyLimits, long?: LongBodyTurn): Promise<string> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new Refused(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.', {
      headers: { 'accept-post': 'application/json' },
    });
  const coding = request.headers.get('content-encoding');
  if (coding !== null && coding !== 'identity')
    throw new Refused(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body without a content encoding.');
  return decode(await readBytes(request, limits, long));
}

async function readBytes(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
  long: LongBodyTurn | undefined,
): Promise<Uint8Array> {
  const most = long?.maxBytes ?? maxBodyBytes;
  const check = (length: number) => {
    if (length > most) throw new Refused(413, 'PAYLOAD_TOO_LARGE', `A body has at most ${most} bytes.`);
  };
  const said = Number(request.headers.get('content-length') ?? 0);
  check(said);
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let [length, isLong] = [0, false];
  const late = Promise.withResolvers<never>();
  const start = () =>
    setTimeout(
      () => late.reject(new Refused(408, 'BODY_TIMEOUT', `The body did not come within ${bodyTimeoutMs} ms.`)),
      bodyTimeoutMs,
    );
  let timer = start();
  // Nothing more of it is read before.
  const waitForTurn = async () => {
    isLong = true;
    clearTimeout(timer);
    await long?.begin(bodyTimeoutMs);
    timer = start();
  };
  try {
    if (said > maxBodyBytes) await waitForTurn();
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return Buffer.concat(chunks);
      length += value.length;
      check(length);
      chunks.push(value);
      if (length > maxBodyBytes && !isLong) await waitForTurn();
    }
  } catch (error) {
    // The rest is not wanted.
    reader.cancel().catch(() => undefined);
    if (error instanceof Refused) throw error;
    throw new Refused(400, 'BODY_CUT_OFF', 'The body ended before its end.');
  } finally {
    clearTimeout(timer);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refused(400, 'NOT_JSON', 'The body is not UTF-8.');
  }
}
