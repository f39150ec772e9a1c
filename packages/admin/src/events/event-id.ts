import type { Scope } from '@tenantry/protocol';
import type { ChangePosition } from '@tenantry/sdk';

/** How far a stream has told each of its feeds: what a browser sends back as `Last-Event-ID`. */
export type StreamPosition = ReadonlyMap<Scope, ChangePosition>;

// A browser sends it back as a header: servers take 16 kB of them by default, and a tenant has 40 scopes at most.
const LONGEST = 8_000;

/** The text of a position. It has no values, and nothing that must be hidden. */
export function toEventId(position: StreamPosition): string {
  const parts = Array.from(position, ([scope, { epoch, seq, tag }]) => [scope, epoch, seq, tag ?? '']);
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The same, made once for all streams that have come as far: most of those of one tenant have. */
export class EventIds {
  #last: readonly (readonly [scope: Scope, position: ChangePosition])[] = [];
  #text = '';

  of(position: StreamPosition): string {
    if (!this.#isLast(position)) {
      this.#last = [...position];
      this.#text = toEventId(position);
    }
    return this.#text;
  }

  #isLast(position: StreamPosition): boolean {
    const last = this.#last.values();
    for (const [scope, { epoch, seq, tag }] of position) {
      const [other, known] = last.next().value ?? [];
      if (scope !== other || seq !== known?.seq || tag !== known.tag || epoch !== known.epoch) return false;
    }
    return position.size > 0 && position.size === this.#last.length;
  }
}

/** The position of such a text; undefined for any other: then nobody knows what is missing. */
export function fromEventId(text: string): StreamPosition | undefined {
  if (text.length > LONGEST || !/^[\w-]+$/.test(text)) return undefined;
  const position = new Map<Scope, ChangePosition>();
  for (const part of parse(text) ?? []) {
    if (!Array.isArray(part)) return undefined;
    const [scope, epoch, seq, tag] = part as unknown[];
    if (typeof scope !== 'string' || typeof epoch !== 'string' || typeof tag !== 'string') return undefined;
    if (!Number.isSafeInteger(seq) || (seq as number) < 0) return undefined;
    position.set(scope as Scope, { epoch, seq: seq as number, tag: tag === '' ? undefined : tag });
  }
  return position.size > 0 ? position : undefined;
}

function parse(text: string): readonly unknown[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parts) ? parts : undefined;
  } catch {
    return undefined;
  }
}
