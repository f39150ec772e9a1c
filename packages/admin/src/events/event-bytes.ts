import { withIdLast } from './with-id-last.ts';

const encoder = new TextEncoder();

/** The bytes of events as the admin's own page reads them. What many streams are told with the same id is written once. */
export class EventBytes {
  readonly #made = new WeakMap<object, { readonly id: string | undefined; readonly bytes: Uint8Array }>();

  of(event: string, data: object, id: string | undefined): Uint8Array {
    const known = this.#made.get(data);
    if (known && known.id === id) return known.bytes;
    const bytes = encoder.encode(withIdLast(`event: ${event}\ndata: ${JSON.stringify(data)}\n`, id));
    this.#made.set(data, { id, bytes });
    return bytes;
  }
}
