import { badge, element, keep, placeInRow } from './document.js';

const parent = document.getElementById('rows');

/** What each reader has of each row, and the row's keys in Redis. */
export function showRows(rows, strays) {
  const cards = rows.map(row => {
    const head = element('h3', {}, `${row.source} `, element('b', {}, `#${row.id}`));
    if (!row.isInDatabase) head.append(badge('no longer in the database', 'stale'));
    return element('article', { className: 'row' }, head, valuesTable(row), keyList(row.keys));
  });
  if (strays.length > 0)
    cards.push(
      element(
        'article',
        { className: 'row' },
        element('h3', {}, 'Keys in Redis that belong to no row'),
        strays.join(', '),
      ),
    );
  cards.forEach(placeInRow);
  keep(parent, JSON.stringify([rows, strays]), cards);
}

function valuesTable({ values, readers }) {
  const header = element('tr', {}, element('th'), ...readers.map(readerHead));
  const lines = Object.keys(values)
    .filter(name => name !== 'tenantId' && name !== 'id')
    .map(name => {
      const cells = readers.map(({ value }) => {
        const differs = JSON.stringify(value?.[name]) !== JSON.stringify(values[name]);
        return element('td', { className: differs ? 'old' : '' }, ...valueNodes(value?.[name]));
      });
      return element('tr', {}, element('th', {}, name), ...cells);
    });
  return element('table', {}, element('thead', {}, header), element('tbody', {}, ...lines));
}

function readerHead({ version, ms, isStale, isFromFile, isCurrent }, i) {
  const head = element('th', {}, `reader ${i + 1} `);
  head.append(element('small', {}, version === undefined ? 'nothing' : `v${version}`), ' ');
  if (isFromFile) head.append(badge('from its file', 'stale'));
  else if (isStale) head.append(badge('stale', 'stale'));
  else if (!isCurrent) head.append(badge('old', 'stale'));
  else if (ms !== undefined) head.append(badge(`${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`, 'fresh'));
  else head.append(badge('fresh', 'fresh'));
  return head;
}

function valueNodes(value) {
  if (value === undefined) return [element('i', {}, 'none')];
  if (value === null || typeof value !== 'object') return [String(value)];
  return Object.entries(value).flatMap(([name, part]) => {
    const shown = element('span', { className: 'part' }, `${name} `, element('b', {}, String(part)));
    if (/^#[0-9a-f]{6}$/i.test(part)) shown.prepend(swatch(part));
    return [shown, ' '];
  });
}

function swatch(colour) {
  const node = element('span', { className: 'swatch' });
  node.style.backgroundColor = colour;
  return node;
}

function keyList(keys) {
  const chips = keys.map(({ key, value, state: there, version }) =>
    element(
      'li',
      {
        className: there,
        title: { current: 'in Redis', old: 'older in Redis', missing: 'not in Redis' }[there] ?? 'Redis is down',
      },
      element('b', {}, key),
      ` ${value} `,
      element('small', {}, version === undefined ? there : `v${version}`),
    ),
  );
  return element('ul', { className: 'keys' }, ...chips);
}
