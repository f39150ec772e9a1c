/**
 * One event of a stream: its lines, and its id as the last one. Some clients take an id as soon as its line is there, though the standard says with
 * the whole event (eventsource 2.0.2, @microsoft/fetch-event-source 2.0.1). With the id first they would not ask again for an event of which
 * the connection was lost behind it.
 */
export function withIdLast(lines: string, id: string | undefined): string {
  return id === undefined ? `${lines}\n` : `${lines}id: ${id}\n\n`;
}
