// Prints the tables of docs/reference/scaling.md from the constants that stand there; with --measure, from what this machine shows:
//   node --expose-gc tools/scaling.ts --measure
import { parseArgs } from 'node:util';
import { type Constants, MEASURED } from './scaling/constants.ts';
import { constantsTable, fleetTable } from './scaling/tables.ts';

const { values } = parseArgs({ options: { measure: { type: 'boolean' } } });
let constants: Constants = MEASURED;
if (values.measure) {
  await import('../packages/testing/src/sources.ts');
  const { measureConstants } = await import('./scaling/measure-constants.ts');
  constants = await measureConstants();
}
console.log(constantsTable(constants));
console.log();
console.log(fleetTable(constants));
