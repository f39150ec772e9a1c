import { type Constants, type Fleet, type Load, loadOf } from './fleet-load.ts';

const COMMON = {
  recordsPerTenant: 20,
  keysPerRecord: 2,
  valueBytes: 300,
  feedLength: 256,
  heartbeatSeconds: 5,
  sweepSeconds: 60,
};

/** The installations of docs/reference/scaling.md, each about ten times the one before. */
export const FLEETS: readonly Fleet[] = [
  { ...COMMON, tenants: 100, processes: 10, followed: 100, writes: 5 },
  { ...COMMON, tenants: 1_000, processes: 100, followed: 200, writes: 50 },
  { ...COMMON, tenants: 10_000, processes: 1_000, followed: 200, writes: 200 },
  { ...COMMON, tenants: 100_000, processes: 10_000, followed: 200, writes: 1_000 },
];

const ROWS: readonly [string, (fleet: Fleet, load: Load) => number][] = [
  ['tenants', fleet => fleet.tenants],
  ['reading processes', fleet => fleet.processes],
  ['tenants followed by each', fleet => fleet.followed],
  ['changes/s', fleet => fleet.writes],
  ['Redis memory, GB', (_, load) => load.redisGigabytes],
  ['connections to Redis', (_, load) => load.connections],
  ['followers of a tenant', (_, load) => load.followersPerTenant],
  ['pushes delivered/s', (_, load) => load.deliveriesPerSecond],
  ['heartbeat commands/s', (_, load) => load.checksPerSecond],
  ['Redis cores: writes', (_, load) => load.writeCores],
  ['Redis cores: pushes', (_, load) => load.deliveryCores],
  ['Redis cores: heartbeats', (_, load) => load.heartbeatCores],
  ['Redis cores: sweeps', (_, load) => load.sweepCores],
  ['Redis cores: together', (_, load) => load.cores],
  ['all reconnect, s of one core', (_, load) => load.reconnectSeconds],
  ['a SCAN of all, s of one core', (_, load) => load.scanSeconds],
  ['memory of one reader, MB', (_, load) => load.readerMegabytes],
  ['outbox rows/day, million', (_, load) => load.outboxRowsPerDay / 1e6],
];

/** The load of each installation, in Markdown. */
export function fleetTable(constants: Constants): string {
  const loads = FLEETS.map(fleet => [fleet, loadOf(fleet, constants)] as const);
  return markdown(
    ['', ...FLEETS.map((_, i) => 'ABCD'[i] as string)],
    ROWS.map(([name, of]) => [name, ...loads.map(([fleet, load]) => short(of(fleet, load)))]),
  );
}

/** The constants, in Markdown. */
export function constantsTable(constants: Constants): string {
  return markdown(
    ['constant', 'value'],
    Object.entries(constants).map(([name, value]) => [`\`${name}\``, short(value)]),
  );
}

/** Two digits that matter; more would be a claim. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(2));
  return rounded >= 1_000 ? rounded.toLocaleString('en') : String(rounded);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map(row => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
