// Draws the states of a client into docs/guides/a-readers-life.md:
//   node tools/states.ts            writes the page
//   node tools/states.ts --check    ends with 1 where the page is out of date
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PAGE, statesSection, withSection } from './states/states-diagram.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const page = readFileSync(PAGE, 'utf8');
const drawn = withSection(page, statesSection());
if (!values.check) writeFileSync(PAGE, drawn);
else if (page !== drawn) {
  console.error(`${PAGE.pathname} is out of date: run \`node tools/states.ts\``);
  process.exitCode = 1;
}
