// What the demo looks like comes in as events; what is clicked goes out as one POST.
import { element, keep } from './document.js';
import { post } from './post.js';
import { showDeeds } from './show-deeds.js';
import { showForms } from './show-forms.js';
import { clearLog, showLine } from './show-log.js';
import { showProcesses } from './show-processes.js';
import { showRows } from './show-rows.js';
import { showScopes } from './show-scopes.js';
import { showSettings } from './show-settings.js';

let state;
// #settings/acme opens that view of that tenant.
let [view, tenantId] = location.hash.slice(1).split('/').map(decodeURIComponent);
const views = ['rows', 'settings', 'scopes'];
showView(views.includes(view) ? view : 'rows');
for (const button of document.querySelectorAll('[data-view]'))
  button.addEventListener('click', () => showView(button.dataset.view));

const events = new EventSource('/events');
events.addEventListener('state', event => show(JSON.parse(event.data)));
events.addEventListener('log', event => JSON.parse(event.data).forEach(showLine));
events.addEventListener('error', () => document.body.classList.add('gone'));
events.addEventListener('open', () => {
  document.body.classList.remove('gone');
  clearLog();
});
for (const button of document.querySelectorAll('[data-post]'))
  button.addEventListener('click', () => post(button.dataset.post, {}));

function show(next) {
  state = next;
  const { tenants, admin } = state;
  document.getElementById('admin').href = admin.url;
  if (!tenants.some(({ id }) => id === tenantId)) tenantId = tenants[0]?.id;
  const { rows, strays, settings, inherited } = tenants.find(({ id }) => id === tenantId) ?? {
    rows: [],
    strays: [],
    settings: [],
  };
  const stored = rows.filter(row => row.isInDatabase);
  showTenants(tenants.map(({ id }) => id));
  showProcesses(state);
  showDeeds(tenantId, stored);
  showForms(
    stored,
    tenants.map(({ id }) => id),
  );
  showRows(rows, strays);
  showSettings(tenantId, settings);
  if (inherited) showScopes(tenantId, inherited);
}

function showView(name) {
  view = name;
  for (const each of views) document.getElementById(`view-${each}`).hidden = each !== view;
  for (const button of document.querySelectorAll('[data-view]'))
    button.ariaPressed = String(button.dataset.view === view);
  keepAddress();
}

function keepAddress() {
  history.replaceState(null, '', `#${view}/${encodeURIComponent(tenantId ?? '')}`);
}

function showTenants(ids) {
  const choose = id => {
    tenantId = id;
    keepAddress();
    show(state);
  };
  const tabs = ids.map(id =>
    element('button', { ariaPressed: String(id === tenantId), onclick: () => choose(id) }, id),
  );
  keep(document.getElementById('tenants'), JSON.stringify([tenantId, ids]), tabs);
}
