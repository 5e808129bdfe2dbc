/** A text editor as a component: one view, a state for each document it was shown. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import { type Mark, marks, setMarks } from './marks.js';

/** What an editor shows, and whom it tells. */
export interface EditorProps {
  /** Which document this is; undo and cursor are kept for each. */
  readonly id: string;
  /** What the text is, for people who do not see it. */
  readonly label: string;
  readonly text: string;
  /** The language and what else is of this document only. Read when the document is first shown. */
  readonly extensions: Extension;
  readonly marks?: readonly Mark[];
  /** A place to go to; a new object goes there again. */
  readonly target?: { readonly from: number } | null;
  /** `id` is the document's: a key may be pressed before another one is shown. */
  onChange(text: string, id: string): void;
}

const EVERYWHERE: Extension = [
  lineNumbers(),
  foldGutter(),
  lintGutter(),
  history(),
  drawSelection(),
  EditorState.allowMultipleSelections.of(true),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion({ icons: false }),
  highlightActiveLine(),
  highlightSelectionMatches(),
  EditorView.lineWrapping,
  syntaxHighlighting(classHighlighter),
  // The tab key stays with the page: it leads out of the editor.
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...lintKeymap,
  ]),
  marks,
];

/** The nonce that the server gave this page for styles. */
function nonce(): Extension {
  const meta = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]');
  return meta?.nonce ? EditorView.cspNonce.of(meta.nonce) : [];
}

/** The editor. */
export function Editor(props: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const states = useRef(new Map<string, EditorState>());
  const shown = useRef('');
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    if (!place.current) return;
    // With a state from the start: the first styles need the nonce, too.
    const state = fresh(latest);
    view.current = new EditorView({ parent: place.current, state });
    shown.current = latest.current.id;
    return () => view.current?.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    if (shown.current !== props.id) {
      if (shown.current) states.current.set(shown.current, editor.state);
      shown.current = props.id;
      const known = states.current.get(props.id);
      const isCurrent = known?.doc.toString() === props.text;
      editor.setState(known && isCurrent ? known : fresh(latest));
    }
    // While a document is shown its text is the editor's: a render may lag behind what is typed.
    editor.dispatch({ effects: setMarks.of(props.marks ?? []) });
  }, [props.id, props.text, props.marks]);

  useEffect(() => {
    if (!view.current || !props.target) return;
    const anchor = Math.min(props.target.from, view.current.state.doc.length);
    view.current.dispatch({
      selection: { anchor },
      effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
    });
    view.current.focus();
  }, [props.target]);

  return <div class="editor" ref={place} />;
}

function fresh(latest: { readonly current: EditorProps }): EditorState {
  const props = latest.current;
  const changed = EditorView.updateListener.of((update) => {
    if (update.docChanged) latest.current.onChange(update.state.doc.toString(), props.id);
  });
  const attributes = { 'aria-label': props.label, tabindex: '0', spellcheck: 'false', autocorrect: 'off' };
  return EditorState.create({
    doc: props.text,
    extensions: [nonce(), EVERYWHERE, props.extensions, EditorView.contentAttributes.of(attributes), changed],
  });
}
