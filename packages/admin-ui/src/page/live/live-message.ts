/** That a config changed, as the server's stream says it: without the value. */
export interface LiveChange {
  readonly scope: string;
  readonly config: string;
  readonly version: number;
  readonly kind: 'set' | 'unset';
}

/** What a stream tells. `resync`: events were missed, read again. `rights`: ask who may do what again. */
export type LiveEvent =
  | { readonly type: 'change'; readonly change: LiveChange }
  | { readonly type: 'resync' | 'rights' };

/** How a scope is followed: by its stream, or by asking again and again. */
export type LiveMode = 'live' | 'polling';

/** What the tabs of one browser say to each other. */
export type TabMessage =
  | { readonly type: 'want'; readonly tab: string; readonly scopes: readonly string[] }
  | { readonly type: 'gone'; readonly tab: string }
  | { readonly type: 'leader' }
  | { readonly type: 'mode'; readonly scope: string; readonly mode: LiveMode }
  | { readonly type: 'event'; readonly scope: string; readonly event: LiveEvent };

/** Reads the data of a `change`; undefined for what this page does not show, such as an entity's rows. */
export function readChange(data: string): LiveEvent | undefined {
  try {
    const { scope, config, version, kind } = JSON.parse(data);
    // Values that are inherited may be others now, and nobody says which version of what.
    if (kind === 'inherited' || kind === 'groups') return { type: 'resync' };
    if (typeof scope !== 'string' || typeof config !== 'string' || typeof version !== 'number') return undefined;
    return { type: 'change', change: { scope, config, version, kind: kind === 'unset' ? 'unset' : 'set' } };
  } catch {
    return undefined;
  }
}
