import { readFileSync, writeFileSync } from 'node:fs';
import { BENCHES } from '../benches.ts';
import { type FigureLine, figureLines } from './figure-lines.ts';
import type { Report } from './report.ts';

const PAGE = new URL('../../../../docs/benchmarks.md', import.meta.url);
const COLUMNS: Readonly<Record<keyof FigureLine, string>> = {
  what: 'what',
  ours: 'ours',
  p99: 'p99',
  beside: 'beside',
  theirs: 'theirs',
  'their p99': 'p99',
  ratio: 'ours ÷ theirs',
  quartiles: 'quartiles',
  budget: 'budget',
};

/** Writes docs/benchmarks.md from what one run left with `--json`, or several that each measured a part. */
export function writeBenchmarksPage(jsonFiles: readonly string[]): void {
  writeFileSync(PAGE, benchmarksPage(jsonFiles.map(file => JSON.parse(readFileSync(file, 'utf8')) as Report)));
}

/** The whole page. */
function benchmarksPage(reports: readonly Report[]): string {
  const order = Object.keys(BENCHES);
  const benches = reports.flatMap(report => report.benches);
  benches.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const sections = benches.map(({ name, figures }) => {
    const bench = BENCHES[name];
    return `## ${bench?.title ?? name}\n\n${bench?.about ?? ''}\n\n\`npm run bench -- ${name}\`\n\n${table(COLUMNS, figureLines(figures))}`;
  });
  return `${[introduction(reports), ...sections, WHAT_IT_DOES_NOT_PROVE].join('\n\n')}\n`;
}

function introduction(reports: readonly Report[]): string {
  const versions = reports[0]?.versions ?? {};
  const runs = reports.flatMap(({ command, startedAt, machine, servers }) => [
    { run: 'command', said: `\`${command}\`` },
    { run: 'started', said: startedAt },
    { run: 'machine', said: machine },
    { run: 'servers', said: servers },
  ]);
  const isQuick = reports.some(({ quick }) => quick);
  const libraries = Object.entries(versions)
    .filter(([name]) => !name.startsWith('@tenantry/'))
    .map(([library, version]) => ({ library: `\`${library}\``, version }));
  return `# Benchmarks

<!-- Made by \`npm run bench -- --doc FILE.json\` from what a run wrote with \`--json FILE.json\`: change apps/bench, not this page. -->

**In short.** What Tenantry costs, beside what it is made of and beside what you might use instead, in one run on one machine. Trust the ratios, not the times.${isQuick ? ' **These figures are of a quick run: they show that everything works, and no more.**' : ''}

- **Both sides in turns.** Each round runs every way once, and each round begins with another one: a noisy moment hits all of them.
- **Both sides right.** Every way must return the same right answer; a run in which one does not ends with an error.
- **Median** of the rounds, and the 99th percentile beside it (of fewer than a hundred rounds: the worst).
- **Ours ÷ theirs** is the median of the rounds' ratios, and the quartiles are theirs: half of the rounds were between the two. For a time below 1 is
  better, for a rate (\`/s\`) above 1.
- Every library is set up as its own documentation says, with its defaults where nothing else is named.

${table({ run: 'run', said: '' }, runs)}

${table({ library: 'library', version: 'version' }, libraries)}

\`bentocache\` names ioredis 5 as its peer; here it runs on the same ioredis as everything else.`;
}

const WHAT_IT_DOES_NOT_PROVE = `## What this does not prove

- Everything runs on one machine: the processes, Redis and the database share its cores, and no network lies between them. With a network each trip costs more, for every
  way alike: the differences per trip stay, the ratios shrink.
- A machine that does other work at the same time moves all times. Read the quartiles: where they are far apart, so is the truth.
- The rows are small (about 250 bytes) and all alike. Large values cost more to decode, wherever they are decoded.
- Figures of memory are differences of what a process or Redis says that it holds; allocators round up.
- A cache library does not do what Tenantry does: it neither knows of commits nor repairs what a subscriber missed. A ratio says what something costs, not
  what it is worth. And Tenantry is no general cache: it has no tags, and no time to live for rows.`;

function table<K extends string>(
  columns: Readonly<Record<K, string>>,
  lines: readonly Readonly<Record<K, string>>[],
): string {
  const keys = (Object.keys(columns) as K[]).filter(key => lines.some(line => line[key] !== ''));
  const cells = [
    keys.map(key => columns[key]),
    ...lines.map(line => keys.map(key => line[key].replaceAll('|', '\\|'))),
  ];
  const widths = keys.map((_, i) => Math.max(3, ...cells.map(line => line[i]?.length ?? 0)));
  const row = (line: readonly string[]) => `| ${line.map((cell, i) => cell.padEnd(widths[i] as number)).join(' | ')} |`;
  const [head = [], ...rest] = cells;
  return [row(head), row(widths.map(width => '-'.repeat(width))), ...rest.map(row)].join('\n');
}
