/** What the decision shows within texts: findings as marked spans, outcomes at the ends of lines. */
import { type Extension, type Range, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, hoverTooltip, WidgetType } from '@codemirror/view';
import type { Tone } from '../model/rows.js';

/** A mark in a text. */
export type Mark =
  | {
      readonly kind: 'finding';
      readonly from: number;
      readonly to: number;
      readonly severity: string;
      readonly title: string;
    }
  | { readonly kind: 'outcome'; readonly at: number; readonly tone: Tone; readonly text: string };

/** Replaces all marks. */
export const setMarks = StateEffect.define<readonly Mark[]>();

class Outcome extends WidgetType {
  constructor(
    readonly tone: Tone,
    readonly text: string,
  ) {
    super();
  }

  override eq(other: Outcome): boolean {
    return other.tone === this.tone && other.text === this.text;
  }

  toDOM(): HTMLElement {
    const dom = document.createElement('span');
    dom.className = `cm-outcome tone-${this.tone}`;
    dom.textContent = this.text;
    return dom;
  }
}

const field = StateField.define<{ decorations: DecorationSet; marks: readonly Mark[] }>({
  create: () => ({ decorations: Decoration.none, marks: [] }),
  update(value, transaction) {
    let { decorations, marks } = value;
    decorations = decorations.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue;
      marks = effect.value;
      const doc = transaction.newDoc;
      decorations = Decoration.set(
        marks.flatMap((mark): Range<Decoration>[] => {
          if (mark.kind === 'finding') {
            const to = Math.min(mark.to, doc.length);
            if (mark.from >= to) return [];
            const attributes = { title: mark.title };
            const found = Decoration.mark({ class: `cm-finding severity-${mark.severity}`, attributes });
            return [found.range(mark.from, to)];
          }
          if (mark.at > doc.length) return [];
          const end = doc.lineAt(mark.at).to;
          return [Decoration.widget({ widget: new Outcome(mark.tone, mark.text), side: 1 }).range(end)];
        }),
        true,
      );
    }
    return { decorations, marks };
  },
  provide: (from) => EditorView.decorations.from(from, (value) => value.decorations),
});

const told = hoverTooltip((view, pos) => {
  const found = view.state
    .field(field)
    .marks.find((mark) => mark.kind === 'finding' && mark.from <= pos && pos <= mark.to);
  if (found?.kind !== 'finding') return null;
  const create = () => {
    const dom = document.createElement('div');
    dom.className = 'cm-cel-hover';
    dom.textContent = found.title;
    return { dom };
  };
  return { pos: found.from, end: found.to, above: true, create };
});

/** Lets an editor show marks. */
export const marks: Extension = [field, told];
