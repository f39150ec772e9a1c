import { type BodyLimits, readJsonText } from '../http/read-body.ts';
import { failureText } from './answers.ts';
import type { OfrepContext } from './ofrep-options.ts';

/** Why there is nothing to evaluate. */
export class NoContext {
  readonly #code: string;
  readonly #why: string;

  constructor(code: string, why: string) {
    this.#code = code;
    this.#why = why;
  }

  response(key: string | undefined): Response {
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
    return new Response(failureText(key, this.#code, this.#why), { status: 400, headers });
  }
}

/** The context of a call. Numbers are read as they come: other languages write `1.0`, and nothing of it is stored. */
export async function readContext(request: Request, limits: BodyLimits): Promise<OfrepContext | NoContext> {
  const text = await readJsonText(request, limits);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return new NoContext('PARSE_ERROR', 'The body is not JSON.');
  }
  const context = isObject(body) ? body.context : undefined;
  if (isObject(context)) return context;
  return new NoContext('INVALID_CONTEXT', 'The body must be { "context": { "targetingKey": … } }.');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
