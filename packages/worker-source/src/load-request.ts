import { ERROR_CODES, type ErrorCode, type KeptConfig, type LoadedConfig, TenantryError } from '@tenantry/protocol';

/** The queue of load requests. */
export const LOADS_QUEUE = 'tenantry-loads';

/** What a reader asks the workers: never a value. */
export interface LoadRequest {
  readonly id: string;
  readonly tenant: string;
  readonly configKeys: readonly string[];
  /** The worker puts values that belong into Redis there, and answers with what became of them. */
  readonly intoRedis?: boolean;
  /** The channel on which the reader listens for the answer. */
  readonly replyTo: string;
}

/** What a worker answers: pushed to the one who asked, and kept nowhere. */
export type LoadReply = { readonly id: string } & (
  | { readonly found: readonly (LoadedConfig | KeptConfig | null)[] }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } }
);

/** The channel of one reader. The hash tag is that of the queues, which no tenant's name can have. */
export function replyChannel(prefix: string, reader: string): string {
  return `${prefix}:{@bullmq}:loads:${reader}`;
}

/** Undefined for what is no reply. */
export function decodeReply(text: string): LoadReply | undefined {
  try {
    const reply = JSON.parse(text) as LoadReply;
    return typeof reply?.id === 'string' ? reply : undefined;
  } catch {
    return undefined;
  }
}

/** A worker's error, as the reader's own. A code of a later release is at least an error. */
export function errorOf({ code, message }: { readonly code: ErrorCode; readonly message: string }): TenantryError {
  return new TenantryError(code in ERROR_CODES ? code : 'UNAVAILABLE', message);
}
