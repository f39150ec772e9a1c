import type { RouteId } from '@tenantry/admin-api';
import type { AnswerOf } from './request.ts';

/** What the server takes; undefined: it has not said so. */
export type Limits = AnswerOf<'me.get'>['limits'];

const SEVERAL: ReadonlySet<RouteId> = new Set(['configs.bulk', 'configs.preview']);

/** Why the server would not take a body, for people; undefined: it would. */
export function tooLarge(id: RouteId, body: string, limits: Limits): string | undefined {
  if (limits === undefined) return undefined;
  const most = SEVERAL.has(id) ? limits.bulkBytes : limits.bodyBytes;
  // No character has more bytes.
  if (body.length * 3 <= most) return undefined;
  const bytes = new TextEncoder().encode(body).length;
  if (bytes <= most) return undefined;
  const [is, takes] = [bytes, most].map(each => each.toLocaleString());
  return `This is too large: it would be sent as ${is} bytes, and the server takes ${takes}. Nothing was sent.`;
}
