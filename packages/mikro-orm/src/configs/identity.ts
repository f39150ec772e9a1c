import { TenantryError } from '@tenantry/protocol';
import { describeArrived, isPlainText } from '@tenantry/protocol/internal';

/**
 * The author of a write, the reason for it, and from where it came. The config's history keeps the first two with every version, the audit
 * log (option `admin`) all three.
 */
export interface Identity {
  /** At most 255 characters. Default: none. */
  readonly actor?: string | undefined;
  /** At most 1,000 characters. Default: none. */
  readonly reason?: string | undefined;
  /** From where, such as `admin 10.0.0.3`; at most 255 characters. Default: none. */
  readonly via?: string | undefined;
}

const TEXTS = { actor: 255, reason: 1_000, origin: 255, via: 255 } as const;

/** `INVALID_OPTION` for what is no text that every database keeps, or is too long for its column. */
export function checkIdentity(identity: Identity & { readonly origin?: string | undefined }): void {
  for (const name of Object.keys(TEXTS) as (keyof typeof TEXTS)[]) checkText(name, identity[name]);
}

function checkText(name: keyof typeof TEXTS, text: unknown): void {
  if (text === undefined) return;
  if (!isPlainText(text) || text.length > TEXTS[name])
    throw new TenantryError(
      'INVALID_OPTION',
      `\`${name}\` must be text of at most ${TEXTS[name]} characters, without U+0000, got ${typeof text === 'string' ? `${text.length} characters` : describeArrived(text)}.`,
    );
}
