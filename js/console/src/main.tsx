/** The playground: policies on one side, a call on the other, and what comes of them at every key press. */
import './style.css';
import { init } from '@callgate/engine';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { EXAMPLES } from './model/examples.js';
import { EMPTY } from './model/sample.js';
import { Session } from './model/session.js';
import { fromFragment, toFragment } from './model/share.js';
import { Page } from './page/page.js';

/** Milliseconds of rest before the address is written: browsers allow a hundred a half minute. */
const REST = 400;

const root = document.getElementById('app');
if (root) await start(root);

async function start(root: HTMLElement): Promise<void> {
  const [shared] = await Promise.all([fromFragment(location.hash), init()]);
  const session = new Session(shared ?? EXAMPLES[0]?.sample ?? EMPTY);
  root.replaceChildren();
  render(<Page session={session} />, root);
  keepAddress(session);
  // Drives the page from outside: tests count its work, and whoever looks in the console may, too.
  Object.assign(window, { callgate: session });
}

/** The address follows the page, and the page follows an address that is pasted over it. */
function keepAddress(session: Session): void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let written = location.hash;
  let opened = false;
  effect(() => {
    const { whole } = session;
    // A page that nobody changed keeps the address it was opened at.
    if (!opened) {
      opened = true;
      return;
    }
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      written = `#${await toFragment(whole)}`;
      history.replaceState(null, '', written);
    }, REST);
  });
  addEventListener('hashchange', async () => {
    if (location.hash === written) return;
    const shared = await fromFragment(location.hash);
    if (shared) session.load(shared);
  });
}
