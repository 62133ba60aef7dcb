import type { TokenChange } from "../../api/types";
import { probability, signed } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import styles from "./TokenChanges.module.css";

/** Each candidate's change, as measured and as the graph foretold it. */
export function TokenChanges({ tokens }: { readonly tokens: readonly TokenChange[] }) {
  return (
    <div className={styles.holder}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Token</th>
            <th scope="col">Probability</th>
            <th scope="col" title="Change of logit in the model, from the mean over the vocabulary">
              Measured
            </th>
            <th scope="col" title="Along every path of the graph, attention and norms frozen">
              Predicted
            </th>
            <th scope="col" title="Along single edges only">
              Direct
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <th scope="row">
                <TokenText text={token.text} />
              </th>
              <td>
                {probability(token.probability_before)} → {probability(token.probability_after)}
              </td>
              <td className={token.measured_change >= 0 ? styles.raises : styles.lowers}>
                {signed(token.measured_change)}
              </td>
              <td>{signed(token.predicted_change)}</td>
              <td className={styles.faint}>{signed(token.direct_change)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
