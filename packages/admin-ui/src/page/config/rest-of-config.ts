// One file of the build: what somebody comes to from a config, and seldom first.

export { CopyDialog } from './copy/copy-dialog.tsx';
export { CopySeveral } from './copy/several/copy-several.tsx';
export { ExplainTab } from './tabs/explain-tab.tsx';
export { HistoryTab } from './tabs/history-tab.tsx';
export { OverridesTab } from './tabs/overrides-tab.tsx';
export { RevealDialog } from './write/reveal-dialog.tsx';
