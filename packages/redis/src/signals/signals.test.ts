import { channel } from 'node:diagnostics_channel';
import { expect, it } from 'vitest';
import { hear, type Signals, signals } from './signals.ts';

it('has a channel of its name for each signal, which nobody hears at first', () => {
  for (const [name, signal] of Object.entries(signals)) {
    expect(signal).toBe(channel(`tenantry:${name}`));
    expect(signal.hasSubscribers, name).toBe(false);
  }
});

it('is heard until that ends, and then costs nothing again', () => {
  const heard: unknown[] = [];
  const end = hear({ gap: message => heard.push(message), commit: message => heard.push(message) });
  expect([signals.gap.hasSubscribers, signals.publish.hasSubscribers]).toEqual([true, false]);
  signals.gap.publish({ tenant: 'acme' });
  const commit: Signals['commit'] = { transactionId: 't', changes: 1 };
  signals.commit.publish(commit);
  end();
  signals.gap.publish({ tenant: 'zoo' });
  expect(heard).toEqual([{ tenant: 'acme' }, commit]);
  expect(signals.gap.hasSubscribers).toBe(false);
});
