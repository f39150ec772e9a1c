const said = document.getElementById('said');

/** Has the demo do something, and shows what it answers. Answers that too: `issues` are what a schema refused. */
export async function post(path, body) {
  const clicked = performance.now();
  say('…', false);
  const answer = await ask(path, body);
  const took = `(${Math.round(performance.now() - clicked)} ms since the click)`;
  say(`${answer.error ?? answer.said} ${took}`, answer.error !== undefined);
  return answer;
}

/** The same without a word. */
export async function ask(path, body) {
  try {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return await (await fetch(path, init)).json();
  } catch {
    return { error: 'The demo does not answer: was it ended?' };
  }
}

function say(text, isBad) {
  said.textContent = text;
  said.classList.toggle('bad', isBad);
}
