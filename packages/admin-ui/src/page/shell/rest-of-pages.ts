// One file of the build: a file for each would share so much with the others that everything became many small ones.

export { AuditPage } from '../audit/audit-page.tsx';
export { GrantsPage } from '../grants/grants-page.tsx';
export { GroupsPage } from '../groups/groups-page.tsx';
export { DefinitionsPage } from '../matrix/definitions-page.tsx';
export { MatrixPage } from '../matrix/matrix-page.tsx';
export { OperationsPage } from '../operations/operations-page.tsx';
export { RecordsPage } from '../records/records-page.tsx';
