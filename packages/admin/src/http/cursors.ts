import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { TenantryError } from '@tenantry/protocol';

/** A list whose pages a cursor walks: its route, all that decides what is in it, and who asks. */
export type ListOf = readonly unknown[];

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/**
 * The cursors of an admin's lists. A cursor says where a page ended, and that may be at something that its caller may not see: so nobody can read
 * one, or make one. All admins of an installation have one key, so that the next page may come from another process than the one before.
 */
export class Cursors {
  readonly #secretOf: () => Promise<string>;
  /** The first seals, all of them open. Of this process alone until the installation has said its secret. */
  #keys: readonly Buffer[] = [randomBytes(KEY_BYTES)];
  #learning: Promise<void> | undefined;
  #isShared = false;

  /** `secretOf` is asked until it has answered. */
  constructor(secretOf: () => Promise<string>) {
    this.#secretOf = secretOf;
  }

  /** Settles once the key is that of all, or could not be had: then a cursor is good for this process, and it is asked for again. */
  learn(): Promise<void> {
    if (this.#isShared) return Promise.resolve();
    this.#learning ??= this.#secretOf()
      .then(
        secret => {
          const shared = Buffer.from(hkdfSync('sha256', secret, '', 'tenantry admin cursor', KEY_BYTES));
          this.#keys = [shared, ...this.#keys];
          this.#isShared = true;
        },
        () => undefined,
      )
      .finally(() => {
        this.#learning = undefined;
      });
    return this.#learning;
  }

  /** The cursor of a list for one caller; the same for the same place, as the ETag of the page is made of it. */
  seal(list: ListOf, place: string | undefined): string | undefined {
    if (place === undefined) return undefined;
    void this.learn();
    const [key] = this.#keys as readonly [Buffer];
    const about = JSON.stringify(list);
    const iv = createHmac('sha256', key)
      .update(JSON.stringify([about, place]))
      .digest()
      .subarray(0, IV_BYTES);
    const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(about));
    const text = Buffer.concat([cipher.update(place), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
  }

  /** What `seal` was given; `INVALID_CURSOR` for a cursor of another list, caller or installation, and for any other text. */
  open(list: ListOf, cursor: string | undefined): string | undefined {
    if (cursor === undefined) return undefined;
    for (const key of this.#keys) {
      const place = opened(key, list, cursor);
      if (place !== undefined) return place;
    }
    throw new TenantryError(
      'INVALID_CURSOR',
      'The cursor is damaged, or is of another list or caller. Pass the `cursor` of the page before with the same arguments, or none.',
    );
  }
}

function opened(key: Buffer, list: ListOf, cursor: string): string | undefined {
  const bytes = Buffer.from(cursor, 'base64url');
  const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)];
  if (tag.length < TAG_BYTES || bytes.toString('base64url') !== cursor) return undefined;
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(JSON.stringify(list)))
    .setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}
