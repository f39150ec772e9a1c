import type { Issue } from '../form-model/hints.ts';

/** Why a call was refused, or did not arrive. */
export class CallFailed extends Error {
  /** 0: no answer at all. */
  readonly status: number;
  readonly code: string;
  /** What stands now, where somebody else was faster. */
  readonly current: unknown;
  readonly details: unknown;

  constructor(status: number, code: string, message: string, more: { current?: unknown; details?: unknown } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.current = more.current;
    this.details = more.details;
  }
}

/** Whether it may not be seen any more, or nobody knows who asks: then it must not stay on the screen. */
export function isGone({ status }: CallFailed): boolean {
  return status === 401 || status === 403 || status === 404;
}

/** From `application/problem+json`, or from whatever came instead. */
export function problemOf(status: number, body: unknown): CallFailed {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const text = (name: string): string | undefined => {
    const value = problem[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const message = text('detail') ?? text('title') ?? `The server answered ${status}.`;
  return new CallFailed(status, text('code') ?? 'UNKNOWN', message, {
    current: problem.current,
    details: problem.details,
  });
}

/** The places that the server found wrong, in whichever of the usual shapes it lists them. */
export function issuesOf({ details, message, code }: CallFailed): readonly Issue[] {
  const listed = Array.isArray(details) ? details : ((details as { issues?: unknown } | undefined)?.issues ?? []);
  const issues = (Array.isArray(listed) ? listed : []).flatMap((each): Issue[] => {
    if (typeof each !== 'object' || each === null) return [];
    const { path, message: text } = each as { path?: unknown; message?: unknown };
    return typeof text === 'string' ? [{ path: inValue(code, pointerFrom(path)), message: text }] : [];
  });
  const path = (details as { path?: unknown } | undefined)?.path;
  if (issues.length === 0 && path !== undefined) return [{ path: pointerFrom(path), message }];
  return issues.length > 0 || code !== 'INVALID_VALUE' ? issues : [{ path: '', message }];
}

/** Of a text that was refused as such the server says where in the body it is: `json` is its name there. */
function inValue(code: string, pointer: string): string {
  return code === 'NOT_JSON' ? pointer.replace(/^\/json(?=\/|$)/, '') : pointer;
}

function pointerFrom(path: unknown): string {
  if (Array.isArray(path)) {
    const steps = path.map(step => (typeof step === 'object' && step !== null ? (step as { key: unknown }).key : step));
    return steps.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  }
  if (typeof path !== 'string' || path === '' || path.startsWith('/')) return typeof path === 'string' ? path : '';
  // As our errors write it: `limits.seats[0]`.
  return `/${path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .replace(/^\./, '')
    .replaceAll('.', '/')}`;
}
