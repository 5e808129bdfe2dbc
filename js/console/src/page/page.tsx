/** The whole page. */
import type { Session } from '../model/session.js';
import { Header } from './header.js';
import { PolicyPane } from './policies.js';
import { Result } from './result.js';
import { SamplePane } from './sample.js';

export function Page({ session }: { session: Session }) {
  return (
    <div class="page">
      <Header session={session} />
      <main>
        <PolicyPane session={session} />
        <div class="right">
          <SamplePane session={session} />
          <Result session={session} />
        </div>
      </main>
    </div>
  );
}
