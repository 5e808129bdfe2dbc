/** The page's state: texts that are typed, and what follows from them. */
import type { Record as DecisionRecord, Diagnostic } from '@callgate/engine';
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Mark } from '../editor/marks.js';
import { Judge, type Policies, type Verdict } from './judge.js';
import { findingMarks, outcomeMarks } from './marks.js';
import { type Row, rows } from './rows.js';
import { PROJECT_FILE, type Sample, type SourceFile } from './sample.js';

/** Where to put the cursor. */
export interface Target {
  readonly from: number;
}

/** One open page. */
export class Session {
  readonly judge = new Judge();
  /** Counts the pages shown: editors forget the texts of the page before. */
  readonly generation = signal(0);
  readonly files: Signal<readonly SourceFile[]>;
  readonly active: Signal<string>;
  readonly sample: Signal<Omit<Sample, 'files'>>;
  readonly target = signal<Target | null>(null);

  readonly policies: ReadonlySignal<Policies>;
  readonly verdict: ReadonlySignal<Verdict>;
  /** The last record, while a text cannot be read. */
  readonly record: ReadonlySignal<DecisionRecord | null>;
  readonly rows: ReadonlySignal<readonly Row[]>;
  readonly policyMarks: ReadonlySignal<readonly Mark[]>;
  readonly bodyMarks: ReadonlySignal<readonly Mark[]>;

  constructor({ files, ...sample }: Sample) {
    this.files = signal(files);
    this.active = signal(first(files));
    this.sample = signal(sample);
    this.policies = computed(() => this.judge.review(this.files.value));
    this.verdict = computed(() => this.judge.decide(this.policies.value, this.sample.value));
    this.record = computed(() =>
      this.verdict.value.kind === 'decided' ? this.verdict.value.decision.record : null,
    );
    this.rows = computed(() =>
      this.record.value ? rows(this.record.value, this.policies.value.policies) : [],
    );
    this.policyMarks = computed(() =>
      outcomeMarks(this.active.value, this.policies.value.policies, this.rows.value),
    );
    this.bodyMarks = computed(() => findingMarks(this.sample.value, this.record.value?.findings ?? []));
  }

  /** Shows another page. */
  load({ files, ...sample }: Sample): void {
    this.generation.value += 1;
    this.active.value = first(files);
    this.sample.value = sample;
    this.files.value = files;
  }

  /** Everything that a link shares. */
  get whole(): Sample {
    return { ...this.sample.value, files: this.files.value };
  }

  write(name: string, text: string): void {
    if (this.files.peek().some((file) => file.name === name && file.text === text)) return;
    this.files.value = this.files.peek().map((file) => (file.name === name ? { name, text } : file));
  }

  change(part: Partial<Omit<Sample, 'files'>>): void {
    this.sample.value = { ...this.sample.peek(), ...part };
  }

  /** Adds a file with a policy to begin with, and shows it. */
  add(): void {
    const taken = new Set(this.files.peek().map((file) => file.name));
    let number = this.files.peek().length;
    while (taken.has(`policies/${number}.yaml`)) number += 1;
    const name = `policies/${number}.yaml`;
    this.files.value = [...this.files.peek(), { name, text: template(number) }];
    this.active.value = name;
  }

  remove(name: string): void {
    const rest = this.files.peek().filter((file) => file.name !== name);
    this.files.value = rest.length > 0 ? rest : [{ name: 'policies/policy.yaml', text: '' }];
    if (this.active.peek() === name) this.active.value = first(this.files.peek());
  }

  rename(name: string, to: string): void {
    const files = this.files.peek();
    if (to === '' || files.some((file) => file.name === to)) return;
    this.files.value = files.map((file) => (file.name === name ? { ...file, name: to } : file));
    this.active.value = to;
  }

  /** Shows where a policy is written. */
  show(policy: string): void {
    const found = this.policies.peek().policies.find((known) => known.name === policy);
    if (found) this.goTo(found.file, found.from);
  }

  goTo(file: string, from: number): void {
    this.active.value = file;
    this.target.value = { from };
  }

  /** What is wrong with one file. */
  diagnosticsOf(file: string): readonly Diagnostic[] {
    return this.policies.peek().diagnostics.filter((found) => found.file === file);
  }
}

/** Policies first: the project's own file is seldom what one came for. */
function first(files: readonly SourceFile[]): string {
  const found = files.find((file) => file.name !== PROJECT_FILE) ?? files[0];
  return found?.name ?? '';
}

function template(number: number): string {
  return `apiVersion: callgate/v1
kind: CelPolicy
metadata:
  name: policy-${number}
  description: What it is for.
spec:
  effect: deny
  expression: request.tool.name.startsWith("delete_")
  message: this tool is blocked
`;
}
