/** The script of the pages: it fetches the page again and changes what is new, and keeps what somebody is writing. */

export const script = `
const parts = ['live', 'modal', 'places'];
const viewOf = (part) => part && part.dataset.view;
async function look() {
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of parts) {
      const [now, next] = [document.getElementById(id), page.getElementById(id)];
      if (!now || !next || now.innerHTML === next.innerHTML) continue;
      if (id === 'modal' && viewOf(now) === viewOf(next)) continue;
      if (id !== 'modal' && now.contains(document.activeElement)) continue;
      const isAtEnd = innerHeight + scrollY >= document.body.scrollHeight - 40;
      now.innerHTML = next.innerHTML;
      if (id === 'modal') now.dataset.view = viewOf(next);
      if (id === 'live' && isAtEnd) scrollTo(0, document.body.scrollHeight);
    }
  } catch {
    // The emulators have stopped; the next look tells.
  }
}
const draft = document.getElementById('text');
if (draft) {
  draft.value ||= sessionStorage.getItem(location.pathname) || '';
  draft.addEventListener('input', () => sessionStorage.setItem(location.pathname, draft.value));
  draft.form.addEventListener('submit', () => sessionStorage.removeItem(location.pathname));
}
setInterval(look, 1500);
addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form) event.target.form.requestSubmit();
});
`;
