/** The left side: the project's files, each in its tab. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Editor } from '../editor/editor.js';
import { policyFile } from '../editor/languages.js';
import { policyProvider } from '../editor/provider.js';
import { valueIn } from '../model/hovered.js';
import type { Session } from '../model/session.js';
import { TabPanel, Tabs } from './tabs.js';

export function PolicyPane({ session }: { session: Session }) {
  const files = session.files.value;
  const active = session.active.value;
  const { diagnostics } = session.policies.value;
  const errors = (name: string) =>
    diagnostics.filter((found) => found.file === name && found.severity === 'error').length;
  const tabs = files.map(({ name }) => ({
    id: name,
    title: name.replace(/^policies\//, ''),
    errors: errors(name),
  }));
  const text = files.find((file) => file.name === active)?.text ?? '';
  const generation = session.generation.value;
  const extensions = useMemo(() => {
    const language = active.endsWith('.json') ? 'json' : 'yaml';
    const known = {
      diagnostics: () => session.diagnosticsOf(active),
      value: (at: number) => valueIn(session, active, at),
    };
    return policyFile(language, policyProvider(language, known));
  }, [session, active]);
  return (
    <section class="pane policies" aria-label="Policies">
      <div class="bar">
        <Tabs
          name="file"
          label="Files of the project"
          tabs={tabs}
          active={active}
          onSelect={(id) => {
            session.active.value = id;
          }}
        />
        <FileMenu session={session} active={active} />
      </div>
      <TabPanel name="file" active={active}>
        <Editor
          key={generation}
          id={active}
          label={`Policies in ${active}`}
          text={text}
          extensions={extensions}
          marks={session.policyMarks.value}
          target={session.target.value}
          onChange={(changed, name) => session.write(name, changed)}
        />
      </TabPanel>
      <Problems session={session} />
    </section>
  );
}

function FileMenu({ session, active }: { session: Session; active: string }) {
  const naming = useSignal<string | null>(null);
  const done = () => {
    if (naming.value !== null) session.rename(active, naming.value.trim());
    naming.value = null;
  };
  if (naming.value !== null) {
    return (
      <form
        class="rename"
        onSubmit={(event) => {
          event.preventDefault();
          done();
        }}
      >
        <input
          aria-label="New name of the file"
          value={naming.value}
          onInput={(event) => {
            naming.value = event.currentTarget.value;
          }}
          onBlur={done}
          ref={(input) => input?.focus()}
        />
      </form>
    );
  }
  return (
    <div class="menu">
      <button type="button" onClick={() => session.add()} aria-label="Add a file" title="Add a file">
        +
      </button>
      <button
        type="button"
        onClick={() => {
          naming.value = active;
        }}
        aria-label={`Rename ${active}`}
        title="Rename this file"
      >
        Rename
      </button>
      <button
        type="button"
        onClick={() => session.remove(active)}
        aria-label={`Remove ${active}`}
        title="Remove this file"
      >
        Remove
      </button>
    </div>
  );
}

/** Everything that is wrong, in all files. */
function Problems({ session }: { session: Session }) {
  const { diagnostics, ok, policies } = session.policies.value;
  if (diagnostics.length === 0) {
    const count = policies.length;
    return <p class="problems fine">{`${count} ${count === 1 ? 'policy' : 'policies'}, no problems`}</p>;
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable
    <section class="problems" aria-label="Problems" tabIndex={0}>
      {ok ? null : <p class="stale">These policies cannot be used; the decision is by those before.</p>}
      <ul>
        {diagnostics.map((found) => (
          <li key={`${found.file}:${found.from}:${found.code}:${found.message}`} class={found.severity}>
            <button
              type="button"
              onClick={() => session.goTo(found.file ?? session.active.peek(), found.from ?? 0)}
            >
              {`${(found.file ?? '').replace(/^policies\//, '')}:${found.line ?? 1}`}
            </button>
            <span>{found.message}</span>
            {found.help ? <small>{found.help}</small> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
