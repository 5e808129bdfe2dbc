/** Light or dark: as the system has it, until somebody chooses. */
import { effect, signal } from '@preact/signals';

type Theme = 'auto' | 'light' | 'dark';

const ORDER: readonly Theme[] = ['auto', 'light', 'dark'];
const KEY = 'callgate.theme';

/** The theme in force. */
export const theme = signal<Theme>(remembered());

/** The one after it. */
export function nextTheme(): void {
  theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? 'auto';
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // Some pages may keep nothing; the choice then lasts as long as the page.
  }
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

function remembered(): Theme {
  try {
    return ORDER.find((known) => known === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}
