/**
 * The page's only script: offers local times. Everything is there without it. Times are rewritten in place, and
 * the exact UTC moment stays in each element's `title`.
 */
export const script = `(() => {
  const holder = document.getElementById('times');
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!holder || !zone || zone === 'UTC') return;
  const format = new Intl.DateTimeFormat(undefined, {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    hourCycle: 'h23', timeZoneName: 'short',
  });
  const times = [...document.querySelectorAll('time')].map((element) => ({ element, utc: element.textContent }));
  const button = document.createElement('button');
  button.type = 'button';
  let isLocal = false;
  const show = () => {
    button.textContent = isLocal ? 'Show UTC' : 'Show local time (' + zone + ')';
    for (const { element, utc } of times) {
      const moment = element.getAttribute('datetime');
      element.textContent = isLocal ? format.format(new Date(moment)) : utc;
      element.title = moment;
    }
  };
  button.addEventListener('click', () => { isLocal = !isLocal; show(); });
  show();
  holder.append(button);
})();`;
