// One file of the build: what few look at of a scope.

export { GroupHead } from '../groups/group-head.tsx';
export { GroupsDialog } from '../groups/groups-dialog.tsx';
export { MembersTab } from '../groups/members-tab.tsx';
export { EntitiesTab } from '../records/entities-tab.tsx';
