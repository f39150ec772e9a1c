import {
  CLIENT_EVENTS,
  CLIENT_STATES,
  type ClientEvent,
  FIRST_STATE,
} from '../../packages/sdk/src/lifecycle/client-states.ts';

/** The page that shows the states. */
export const PAGE: URL = new URL('../../docs/guides/a-readers-life.md', import.meta.url);

const BEGIN = '<!-- states: drawn by `node tools/states.ts` -->';
const END = '<!-- /states -->';

/** The states, the events that change them, and their meanings, drawn from the table that the client itself goes by. */
export function statesSection(): string {
  return [...diagram(), '', ...meanings()].join('\n');
}

/** The page with this section between its marks. Throws where the marks are missing. */
export function withSection(page: string, section: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE.pathname} needs the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${section}\n\n${page.slice(to)}`;
}

function diagram(): string[] {
  const arrows = Object.entries(CLIENT_STATES).flatMap(([state, { after }]) => {
    const events = Object.entries(after).filter(([, next]) => next !== state) as [ClientEvent, string][];
    const labels = Map.groupBy(events, ([, next]) => next);
    return [...labels].map(([next, each]) => `  ${state} --> ${next}: ${each.map(([event]) => event).join(', ')}`);
  });
  return ['```mermaid', 'stateDiagram-v2', `  [*] --> ${FIRST_STATE}`, ...arrows, '  closed --> [*]', '```'];
}

function meanings(): string[] {
  return [
    ...table(
      ['state', 'fresh', 'meaning'],
      Object.entries(CLIENT_STATES).map(([state, { isFresh, meaning }]) => [
        `\`${state}\``,
        isFresh ? 'yes' : 'no',
        meaning,
      ]),
    ),
    '',
    ...table(
      ['event', 'what happened'],
      Object.entries(CLIENT_EVENTS).map(([event, meaning]) => [event, meaning.replace('close()', '`close()`')]),
    ),
  ];
}

/** As the formatter would lay it out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)];
}
