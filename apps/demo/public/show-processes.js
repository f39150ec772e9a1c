/** How each process is, and which of the buttons make sense. */
export function showProcesses({ writer, redis, worker, readers, database }) {
  const backlog = database.waiting === 0 ? 'outbox empty' : `${database.waiting} in the outbox`;
  const path = writer.reachesRedis ? 'reaches Redis' : 'does not reach Redis';
  show(document.getElementById('writer'), writer.reachesRedis, `process ${writer.pid}, ${path}, ${backlog}`);
  const keys = redis.keys === undefined ? '' : `, ${redis.keys} keys of ours`;
  const power = redis.isReachable ? 'up' : 'down';
  show(document.getElementById('redis'), redis.isReachable, `${power}${keys}; ${redis.origin}`);
  const isAlive = worker.pid !== undefined;
  const work = worker.isPaused ? `process ${worker.pid}, stands still` : `process ${worker.pid}`;
  show(document.getElementById('worker'), isAlive && !worker.isPaused, isAlive ? work : 'dead');
  document.querySelectorAll('.reader').forEach((node, i) => {
    const { pid, status } = readers[i];
    const since = status ? ` since ${new Date(status.since).toLocaleTimeString()}: ${status.why}` : '';
    show(node, status?.state === 'ready', `process ${pid}, ${status?.state}${since}`);
  });
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

function show(node, isWell, text) {
  node.classList.toggle('ill', !isWell);
  node.querySelector('.status').textContent = text;
}

function enable(path, isEnabled) {
  document.querySelector(`[data-post="${path}"]`).disabled = !isEnabled;
}
