const said = document.getElementById('said');

/** Has the demo do something, and shows what it answers. */
export async function post(path, body) {
  const clicked = performance.now();
  say('…', false);
  try {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(path, init);
    const { said: told, error } = await response.json();
    say(`${error ?? told} (${Math.round(performance.now() - clicked)} ms since the click)`, error !== undefined);
  } catch {
    say('The demo does not answer: was it ended?', true);
  }
}

function say(text, isBad) {
  said.textContent = text;
  said.classList.toggle('bad', isBad);
}
