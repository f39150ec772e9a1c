// The demo: `npm start` for the page, `npm start -- --once` for a story that plays by itself and is checked.
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { startChromium } from '@tenantry/testing';
import { startPage } from './page/start-page.ts';
import { playStory } from './story/play-story.ts';
import { Cleanup } from './supervisor/cleanup.ts';
import { startDemo } from './supervisor/start-demo.ts';
import { Transcript } from './supervisor/transcript.ts';

const USAGE = `Usage: npm start [-- --once] [-- --port=4170]

Without arguments: serves a page until Ctrl-C. --once plays a story, checks each step, and ends.`;

// Whoever sends the signals must not wait for ever; children and servers die with us in any case.
const END_WITHIN_MS = 10_000;
const cleanup = new Cleanup();
let isEnding = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void end(128 + constants.signals[signal]));

try {
  await main();
} catch (error) {
  // What the end interrupts fails, rightly.
  if (!isEnding) console.error(`\n${error instanceof Error ? error.message : error}`);
  await end(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      port: { type: 'string', default: '4170' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const onProgress = (line: string): void => console.error(`# ${line}`);
  if (values.once) return playOnce(onProgress);
  const port = Number(values.port);
  const demo = await startDemo({ stays: true, adminPort: port && port + 1, cleanup, onProgress });
  demo.events.on('crash', sentence => console.error(`# ${sentence}`));
  const url = await startPage(demo, port, cleanup);
  console.log(`The demo is at ${url} (Ctrl-C ends it)`);
  console.log(`Its admin is at ${demo.parts.admin.url}/ (sign in as whom you like)`);
}

async function playOnce(onProgress: (line: string) => void): Promise<void> {
  const startBrowser = async () => {
    const browser = await startChromium(onProgress);
    await cleanup.add(() => browser.close());
    return browser;
  };
  const transcript = new Transcript();
  for (const stream of [process.stdout, process.stderr]) transcript.watch(stream);
  const starting = startDemo({ stays: false, adminPort: 0, transcript, cleanup, onProgress });
  const [demo, browser] = await Promise.all([starting, startBrowser()]);
  demo.events.on('crash', sentence => console.error(`# ${sentence}`));
  await end((await playStory(demo, browser)) ? 0 : 1);
}

async function end(code: number): Promise<never> {
  isEnding = true;
  setTimeout(() => process.exit(code || 1), END_WITHIN_MS).unref();
  await cleanup.run();
  return process.exit(code);
}
