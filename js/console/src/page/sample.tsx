/** The upper right: the call to try the policies on, what has happened before, and when. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Editor } from '../editor/editor.js';
import { jsonText } from '../editor/languages.js';
import { jsonProvider } from '../editor/provider.js';
import type { Form } from '../model/sample.js';
import type { Session } from '../model/session.js';
import { TabPanel, Tabs } from './tabs.js';

type Text = 'call' | 'message' | 'caller' | 'state';

const TITLES: Record<Text, string> = { call: 'Call', message: 'Message', caller: 'Sender', state: 'State' };
const TEXTS: Record<Form, readonly Text[]> = { call: ['call', 'state'], mcp: ['message', 'caller', 'state'] };
const LABELS: Record<Text, string> = {
  call: 'The call, as JSON',
  message: 'The MCP message',
  caller: 'Who sends the message, as JSON',
  state: 'What has happened before, as JSON',
};

export function SamplePane({ session }: { session: Session }) {
  const chosen = useSignal<Text>('call');
  const sample = session.sample.value;
  const texts = TEXTS[sample.form];
  const active = texts.includes(chosen.value) ? chosen.value : (texts[0] ?? 'call');
  const verdict = session.verdict.value;
  const trouble = verdict.kind === 'trouble' ? verdict.trouble : null;
  const tabs = texts.map((id) => ({
    id,
    title: TITLES[id],
    errors: trouble?.where === id ? trouble.diagnostics.length : 0,
  }));
  const extensions = useMemo(
    () => jsonText(jsonProvider(() => troubleOf(session, active))),
    [session, active],
  );
  return (
    <section class="pane sample" aria-label="Sample">
      <div class="bar">
        <FormChoice session={session} />
        <Tabs
          name="sample"
          label="Parts of the sample"
          tabs={tabs}
          active={active}
          onSelect={(id) => {
            chosen.value = id as Text;
          }}
        />
        <span class="space" />
        <Moment session={session} wrong={trouble?.where === 'now'} />
      </div>
      <TabPanel name="sample" active={active}>
        <Editor
          key={session.generation.value}
          id={active}
          label={LABELS[active]}
          text={sample[active]}
          extensions={extensions}
          marks={active === 'call' || active === 'message' ? session.bodyMarks.value : NONE}
          onChange={(text, id) => session.change({ [id]: text })}
        />
      </TabPanel>
    </section>
  );
}

const NONE = [] as const;

function troubleOf(session: Session, text: Text) {
  const verdict = session.verdict.peek();
  return verdict.kind === 'trouble' && verdict.trouble.where === text ? verdict.trouble.diagnostics : [];
}

function FormChoice({ session }: { session: Session }) {
  const choose = (event: Event) => {
    session.change({ form: (event.currentTarget as HTMLSelectElement).value === 'mcp' ? 'mcp' : 'call' });
  };
  return (
    <label class="form">
      <span class="hidden">The sample is written as</span>
      <select value={session.sample.value.form} onChange={choose}>
        <option value="call">Call</option>
        <option value="mcp">MCP request</option>
      </select>
    </label>
  );
}

function Moment({ session, wrong }: { session: Session; wrong: boolean }) {
  return (
    <label class="moment">
      at
      <input
        value={session.sample.value.now}
        placeholder="now"
        aria-label="When the call is made, RFC 3339; empty is now"
        aria-invalid={wrong}
        spellcheck={false}
        onInput={(event) => session.change({ now: event.currentTarget.value })}
      />
    </label>
  );
}
