/** The bar above: what this is, examples, a link to share, light and dark. */
import { version } from '@callgate/engine';
import { useSignal } from '@preact/signals';
import { EXAMPLES } from '../model/examples.js';
import type { Session } from '../model/session.js';
import { toFragment } from '../model/share.js';
import { nextTheme, theme } from './theme.js';

export function Header({ session }: { session: Session }) {
  const told = useSignal('');
  const share = async () => {
    const address = `${location.href.split('#')[0]}#${await toFragment(session.whole)}`;
    history.replaceState(null, '', address);
    // Without permission the address stands where addresses stand.
    const copied = await navigator.clipboard?.writeText(address).then(
      () => true,
      () => false,
    );
    told.value = copied ? 'Link copied' : 'Link is in the address bar';
  };
  const choose = (event: Event) => {
    const select = event.currentTarget as HTMLSelectElement;
    const example = EXAMPLES.find((known) => known.id === select.value);
    if (example) session.load(example.sample);
    select.value = '';
  };
  const known = version();
  return (
    <header>
      <h1>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M8 6v20M24 6v20M8 16h9" />
          <circle cx="20.5" cy="16" r="2.5" />
        </svg>
        callgate <span>playground</span>
      </h1>
      <label class="examples">
        <span class="hidden">Examples</span>
        <select onChange={choose} value="">
          <option value="">Examples…</option>
          {EXAMPLES.map((example) => (
            <option key={example.id} value={example.id}>
              {example.title}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={share}>
        Share
      </button>
      <span class="told" role="status">
        {told.value}
      </span>
      <span class="space" />
      <span class="version" title={`engine ${known.sha256 ?? ''}`}>
        {known.version} · decided in this page
      </span>
      <button type="button" onClick={nextTheme}>
        Colors: {theme.value}
      </button>
    </header>
  );
}
