// Breaks a running system on purpose and checks its promises, on the sources as they are: npm run robustness -- --list
import { exitOnSignals } from './exit-on-signals.ts';

exitOnSignals();
await import(new URL('../packages/testing/src/sources.ts', import.meta.url).href);
await import(new URL('../apps/robustness/src/main.ts', import.meta.url).href);
