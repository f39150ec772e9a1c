import { element, keep } from './document.js';
import { ask, post } from './post.js';
import { identity } from './setting-form.js';

/** The versions of one setting, once they are asked for: what each was, by whom and why, and the way back to it. */
export function createSettingHistory(tenant, { setting }) {
  let known = '';
  let version = 0;
  const summary = element('summary');
  const list = element('ol', { className: 'versions' });
  const from = element('select', { ariaLabel: 'From version', onchange: compare });
  const to = element('select', { ariaLabel: 'To version', onchange: compare });
  const steps = element('ul', { className: 'steps' });
  const compared = element('p', { className: 'buttons compare' }, 'From ', from, ' to ', to);
  const node = element('details', { className: 'history', ontoggle: load }, summary, list, compared, steps);

  async function load() {
    if (!node.open) return;
    const { versions = [], error } = await ask('/settings/history', { tenant, setting });
    if (error !== undefined) return;
    keep(list, JSON.stringify(versions), versions.map(versionItem));
    for (const [select, i] of [
      [from, 1],
      [to, 0],
    ])
      keep(
        select,
        JSON.stringify(versions.map(each => each.version)),
        versions.map((each, at) =>
          element(
            'option',
            { value: each.version, selected: at === Math.min(i, versions.length - 1) },
            `v${each.version}`,
          ),
        ),
      );
    compared.hidden = versions.length < 2;
    await compare();
  }

  async function compare() {
    if (from.options.length < 2) return keep(steps, '', []);
    const request = { tenant, setting, from: Number(from.value), to: Number(to.value) };
    const { operations = [] } = await ask('/settings/diff', request);
    const lines = operations.map(({ op, path, value }) =>
      element(
        'li',
        { className: op },
        `${op} ${path === '' ? 'the whole' : path}${op === 'remove' ? '' : ` ${JSON.stringify(value)}`}`,
      ),
    );
    const same = element('li', {}, 'The two are the same.');
    keep(steps, JSON.stringify([request, operations]), lines.length === 0 ? [same] : lines);
  }

  function versionItem({ version: each, op, value, actor, reason, origin, at }) {
    const time = new Date(at).toLocaleTimeString();
    const back = element(
      'button',
      {
        type: 'button',
        onclick: () =>
          post('/settings/write', {
            tenant,
            setting,
            verb: 'rollback',
            version: each,
            options: { ...identity(), ifVersion: version },
          }),
      },
      'Roll back to this',
    );
    return element(
      'li',
      {},
      element('b', {}, `v${each}`),
      element(
        'small',
        {},
        [actor && `by ${actor}`, reason && `because ${reason}`, origin, time].filter(Boolean).join(' · '),
      ),
      each === version ? element('span', { className: 'part' }, 'now') : back,
      element('code', {}, op === 'set' ? JSON.stringify(value) : op),
    );
  }

  return {
    node,
    update(state) {
      version = state.version;
      const { revisions } = state.database;
      keep(summary, String(revisions), [`History: ${revisions} version${revisions === 1 ? '' : 's'} in the database`]);
      const mark = JSON.stringify([state.version, revisions]);
      if (mark === known) return;
      known = mark;
      load();
    },
  };
}
