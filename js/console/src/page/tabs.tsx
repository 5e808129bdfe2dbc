/** Tabs as the ARIA practices describe them: arrows move, one tab stop. */
import type { ComponentChildren } from 'preact';

/** One tab. */
export interface Tab {
  readonly id: string;
  readonly title: string;
  /** How many things are wrong behind it. */
  readonly errors?: number;
}

interface TabsProps {
  readonly name: string;
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly active: string;
  onSelect(id: string): void;
}

/** The row of tabs; what it controls is a {@link TabPanel} of the same name. */
export function Tabs({ name, label, tabs, active, onSelect }: TabsProps) {
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === active);
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    if (!next) return;
    onSelect(next.id);
    document.getElementById(`${name}-tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          type="button"
          role="tab"
          key={tab.id}
          id={`${name}-tab-${tab.id}`}
          aria-selected={tab.id === active}
          aria-controls={`${name}-panel`}
          tabIndex={tab.id === active ? 0 : -1}
          onClick={() => onSelect(tab.id)}
        >
          {tab.title}
          {tab.errors ? (
            <span class="count">
              {tab.errors}
              <span class="hidden"> errors</span>
            </span>
          ) : null}
        </button>
      ))}
    </div>
  );
}

export function TabPanel({
  name,
  active,
  children,
}: {
  name: string;
  active: string;
  children: ComponentChildren;
}) {
  return (
    <div class="panel" role="tabpanel" id={`${name}-panel`} aria-labelledby={`${name}-tab-${active}`}>
      {children}
    </div>
  );
}
