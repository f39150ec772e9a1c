import type { TabMessage } from './live-message.ts';
import type { Tabs } from './live-tab.ts';

/** The tabs of this browser on this admin; undefined where it has no Web Locks (plain HTTP, mostly) or no BroadcastChannel. */
export function browserTabs(name: string): Tabs | undefined {
  if (!('locks' in navigator) || typeof BroadcastChannel === 'undefined') return undefined;
  const channel = new BroadcastChannel(name);
  return {
    // Held until the tab is closed; then the next one in the line leads.
    elect: lead => {
      navigator.locks
        .request(name, () => {
          lead();
          return new Promise<never>(() => {});
        })
        .catch(() => lead());
    },
    send: message => channel.postMessage(message),
    receive: hear => {
      channel.onmessage = ({ data }: MessageEvent<TabMessage>) => hear(data);
    },
  };
}
