import { badge, element, keep, placeInRow } from './document.js';
import { createSettingForm } from './setting-form.js';
import { createSettingHistory } from './setting-history.js';
import { flatten } from './setting-paths.js';

const parent = document.getElementById('settings');
const cards = new Map();

/** Each setting: its form, and beside it what everybody has of it. A card stays, so that nobody loses what they type. */
export function showSettings(tenant, settings) {
  const shown = settings.map((state, i) => {
    const id = JSON.stringify([tenant, state.setting]);
    if (!cards.has(id)) cards.set(id, createCard(tenant, state));
    const card = cards.get(id);
    card.update(state);
    for (const node of card.nodes) placeInRow(node, i);
    return card.nodes;
  });
  keep(parent, JSON.stringify([tenant, settings.map(({ setting }) => setting)]), shown.flat());
}

function createCard(tenant, first) {
  const form = createSettingForm(tenant, first);
  const past = createSettingHistory(tenant, first);
  const head = element('div');
  const table = element('div');
  const card = element('article', { className: 'row' }, head, table, past.node);
  return {
    nodes: [form.node, card],
    update(state) {
      form.update(state);
      past.update(state);
      keep(head, JSON.stringify([state.database, state.redis, state.isDirty, state.version]), [where(state)]);
      keep(table, JSON.stringify([state.value, state.readers, state.isDirty]), [readersTable(state)]);
    },
  };
}

/** Where the present version is: in the database, in Redis, or in both. */
function where({ setting, policy, version, isSet, database, redis, isDirty }) {
  const row = database.version === 0 ? 'no row' : `v${database.version}${database.isSet ? '' : ', not set'}`;
  const place =
    version === 0
      ? ['never set', 'unknown']
      : isDirty
        ? [`dirty: v${version} is only in Redis`, 'dirty']
        : policy === 'write-back'
          ? [`flushed: v${version} is in the database`, 'current']
          : [`v${version} is in the database`, 'current'];
  const head = element('h3', {}, element('b', {}, setting), ' ', element('small', {}, isSet ? '' : 'the default'));
  const chips = [
    place,
    [`database ${row}`, isDirty ? 'old' : ''],
    [`Redis ${redis}`, redis === 'unknown' ? 'unknown' : ''],
  ];
  const list = chips.map(([text, className]) => element('li', { className }, text));
  return element('div', {}, head, element('ul', { className: 'keys' }, ...list));
}

function readersTable({ value, readers, isSet }) {
  const header = element('tr', {}, element('th'), ...readers.map((reader, i) => readerHead(reader, i, isSet)));
  const wanted = flatten(value);
  const paths = [
    ...new Set([wanted, ...readers.map(reader => flatten(reader.value))].flatMap(each => [...each.keys()])),
  ];
  const lines = paths.map(path => {
    const cells = readers.map(reader => {
      const part = flatten(reader.value).get(path);
      return element(
        'td',
        { className: part === wanted.get(path) ? '' : 'old' },
        part === undefined ? 'none' : String(part),
      );
    });
    return element('tr', {}, element('th', {}, path), ...cells);
  });
  const origins = readers.map(({ origin }) => element('td', {}, origin ?? 'nothing'));
  lines.push(element('tr', { className: 'origin' }, element('th', {}, 'origin'), ...origins));
  return element('table', {}, element('thead', {}, header), element('tbody', {}, ...lines));
}

/** A reader's name, its version and how current that is. */
export function readerHead({ version, ms, isStale, isFromFile, isCurrent }, i, isSet) {
  const head = element('th', {}, `reader ${i + 1} `);
  head.append(element('small', {}, version === undefined ? (isSet ? 'nothing' : 'unset') : `v${version}`), ' ');
  if (isFromFile) head.append(badge('from its file', 'stale'));
  else if (isStale) head.append(badge('stale', 'stale'));
  else if (!isCurrent) head.append(badge('old', 'stale'));
  else if (ms === undefined) head.append(badge('fresh', 'fresh'));
  // Readers may have it before the writer is told that they do.
  else if (ms <= 0) head.append(badge('0 ms', 'fresh'));
  else head.append(badge(`${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`, 'fresh'));
  return head;
}
