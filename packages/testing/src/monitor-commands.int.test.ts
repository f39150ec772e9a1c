import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { type MonitoredCommand, monitorCommands } from './monitor-commands.ts';
import { startRedisServer } from './servers/start-redis-server.ts';

it('tells of every command from its beginning on, also where others send all the time', async () => {
  await using server = await startRedisServer();
  const redis = new Redis(server.url);
  let isSending = true;
  const sending = (async () => {
    for (let i = 0; isSending; i++) await redis.set('noise', i);
  })();
  for (let i = 0; i < 20; i++) {
    const heard: MonitoredCommand[] = [];
    const monitor = await monitorCommands(server, command => heard.push(command));
    await redis.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, `key ${i}`, 'a "b"\r\n');
    const told = (from: RegExp, args: string[]) =>
      expect(heard).toContainEqual({ from: expect.stringMatching(from), args });
    await monitor.caughtUp();
    told(/^lua$/, ['SET', `key ${i}`, String.raw`a \"b\"\r\n`]);
    expect(heard.some(({ from, args: [name] }) => from !== 'lua' && name === 'eval')).toBe(true);
    monitor.end();
  }
  isSending = false;
  await sending;
  redis.disconnect();
});

it('says when all was told that was sent before, also where what is told is read late', async () => {
  await using server = await startRedisServer();
  const redis = new Redis(server.url);
  const heard: MonitoredCommand[] = [];
  const monitor = await monitorCommands(server, command => heard.push(command));
  for (let i = 0; i < 5_000; i++) redis.set('key', i).catch(() => undefined);
  await redis.set('key', 'last');
  await monitor.caughtUp();
  expect(heard.filter(({ args: [name] }) => name === 'set')).toHaveLength(5_001);
  expect(heard.some(({ args: [name] }) => name === 'ECHO')).toBe(false);
  monitor.end();
  await expect(monitor.caughtUp()).rejects.toThrow();
  await redis.ping();
  await expect(monitor.caughtUp()).rejects.toThrow();
  redis.disconnect();
});
