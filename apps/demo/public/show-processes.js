import { element, keep } from './document.js';

/** How each process is, and which of the buttons make sense. */
export function showProcesses({ writer, redis, worker, readers, database }) {
  const backlog = database.waiting === 0 ? 'outbox empty' : `${database.waiting} in the outbox`;
  const isThere = database.isReachable;
  const reach = isThere ? 'up' : 'the writer and the worker do not reach it';
  show(document.getElementById('database'), isThere, `${database.kind}, ${reach}, ${backlog}`);
  const path = writer.reachesRedis ? 'reaches Redis' : 'does not reach Redis';
  show(document.getElementById('writer'), writer.reachesRedis, `process ${writer.pid}, ${path}`);
  const keys = redis.keys === undefined ? '' : `, ${redis.keys} keys of ours`;
  const power = redis.isReachable ? 'up' : 'down';
  show(document.getElementById('redis'), redis.isReachable, `${power}${keys}; ${redis.origin}`);
  const isAlive = worker.pid !== undefined;
  const work = worker.isPaused ? `process ${worker.pid}, stands still` : `process ${worker.pid}`;
  show(document.getElementById('worker'), isAlive && !worker.isPaused, isAlive ? work : 'dead');
  for (const [i, node] of document.querySelectorAll('.reader').entries()) showReader(node, readers[i]);
  enable('/database/stop', isThere);
  enable('/database/start', !isThere);
  enable('/redis/stop', redis.isReachable);
  enable('/redis/start', !redis.isReachable);
  enable('/worker/pause', isAlive && !worker.isPaused);
  enable('/worker/resume', isAlive && worker.isPaused);
  enable('/worker/kill', isAlive);
  enable('/worker/start', !isAlive);
  enable('/worker/restart', isAlive);
  enable('/writer/cut', !writer.isCut);
  enable('/writer/mend', writer.isCut);
}

/** The two questions that a reader answers of itself, and what is not as it should be. */
function showReader(node, { pid, status, life }) {
  const ready = life ? `${life.isReady ? 'ready' : 'not ready'}, ${life.isFresh ? 'fresh' : 'not fresh'}` : 'starting';
  const since = status ? `; ${status.state} since ${timeOf(status.since)}: ${status.why}` : '';
  show(node, life?.isFresh === true, pid === undefined ? 'dead' : `process ${pid}: ${ready}${since}`);
  const reasons = (life?.reasons ?? []).map(({ kind, why, since, failures, lastError }) => {
    const failed = failures > 0 ? `, ${failures} attempts failed` : '';
    return [`${kind}: ${why}, since ${timeOf(since)}${failed}`, lastError ?? ''];
  });
  const items = reasons.map(([text, title]) => element('li', { title }, text));
  keep(node.querySelector('.reasons'), JSON.stringify(reasons), items);
}

function timeOf(ms) {
  return new Date(ms).toLocaleTimeString();
}

function show(node, isWell, text) {
  node.classList.toggle('ill', !isWell);
  node.querySelector('.status').textContent = text;
}

function enable(path, isEnabled) {
  document.querySelector(`[data-post="${path}"]`).disabled = !isEnabled;
}
