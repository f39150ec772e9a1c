/** The points of a polyline, the newest at the right. A value that is not known leaves no point. */
export function linePoints(values: readonly (number | undefined)[], width: number, height: number): string {
  const known = values.filter(value => value !== undefined);
  const low = Math.min(...known);
  const range = Math.max(...known) - low;
  const step = width / Math.max(1, values.length - 1);
  return values
    .flatMap((value, position) => {
      if (value === undefined) return [];
      const y = range === 0 ? height / 2 : height - 2 - ((value - low) / range) * (height - 4);
      return [`${round(position * step)},${round(y)}`];
    })
    .join(' ');
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
