import { tracingChannel } from 'node:diagnostics_channel';
import { expect, it } from 'vitest';
import { openReplica, row } from '../replica.fixture.ts';

// ioredis itself shows its commands on this channel, with the rules of OpenTelemetry's instrumentation.
it('shows no value to those who trace ioredis, and sends it all the same', async () => {
  await using test = openReplica();
  const seen: string[] = [];
  const start = (message: unknown) => void seen.push(JSON.stringify(message));
  const channel = tracingChannel('ioredis:command');
  channel.start.subscribe(start);
  try {
    await test.replica.apply('acme', [row(1, 5, ['id:1'], { text: 's3cr3t' })]);
  } finally {
    channel.start.unsubscribe(start);
  }
  expect(seen.filter(line => /evalsha/i.test(line))).not.toEqual([]);
  expect(seen.join('\n')).not.toContain('s3cr3t');
  expect(String(await test.redis.getBuffer(`${test.replica.names.of('acme').keyPrefix}id:1`))).toContain('s3cr3t');
});
