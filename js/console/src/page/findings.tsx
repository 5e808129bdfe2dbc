/** What the detectors found; never the values themselves. */
import type { Finding } from '@callgate/engine';

export function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <section class="block" aria-label="Findings">
      <h2>Found in the call</h2>
      <table class="findings">
        <tbody>
          {findings.map((finding) => (
            <tr key={`${finding.path}:${finding.start}:${finding.detector}`}>
              <td>
                <span class={`severity severity-${finding.severity.toLowerCase()}`}>{finding.severity}</span>
              </td>
              <th scope="row">{finding.detector}</th>
              <td>
                <code>{finding.path}</code>
              </td>
              <td>
                <code>{finding.masked}</code>
              </td>
              <td class="number">{finding.confidence} %</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
