import { type Cost, type Figure, readable } from './figure.ts';

/** One line of a table: ours and one other way; a figure that stands beside several has a line for each. */
export interface FigureLine {
  readonly what: string;
  readonly ours: string;
  readonly p99: string;
  readonly beside: string;
  readonly theirs: string;
  readonly 'their p99': string;
  readonly ratio: string;
  readonly quartiles: string;
  readonly budget: string;
}

/** The lines of a table, for a terminal as for a page. */
export function figureLines(figures: readonly Figure[]): FigureLine[] {
  return figures.flatMap(({ what, unit, ours, beside, budget, note }) => {
    const alone = {
      what: note ? `${what} (${note})` : what,
      ours: readable(ours.median, unit),
      p99: p99Of(ours, unit),
      beside: '',
      theirs: '',
      'their p99': '',
      ratio: '',
      quartiles: '',
      budget,
    };
    const compared = beside.map((other, i) => ({
      what: i === 0 ? alone.what : '',
      ours: i === 0 ? alone.ours : '',
      p99: i === 0 ? alone.p99 : '',
      beside: other.way,
      theirs: readable(other.median, unit),
      'their p99': p99Of(other, unit),
      ratio: `${shortRatio(other.ratio)}×`,
      quartiles: other.rounds > 1 ? other.quartiles.map(shortRatio).join('–') : '',
      budget: i === 0 ? budget : '',
    }));
    return compared.length > 0 ? compared : [alone];
  });
}

/** One round alone has no spread. */
function p99Of({ p99, rounds }: Cost, unit: Figure['unit']): string {
  return rounds > 1 ? readable(p99, unit) : '';
}

function shortRatio(ratio: number): string {
  return ratio >= 100
    ? ratio.toFixed(0)
    : ratio >= 10
      ? ratio.toFixed(1)
      : ratio >= 0.1
        ? ratio.toFixed(2)
        : ratio.toPrecision(2);
}
